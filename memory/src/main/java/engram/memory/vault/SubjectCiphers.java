package engram.memory.vault;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import engram.memory.KeyVault;
import engram.memory.MemoryScope;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/// The ciphers of subjects, through a short-lived cache. A place's subject is its tenant and user.
///
/// Another process may destroy a key. Each transaction says how many keys of its tenant were
/// destroyed so far, and where that has grown all that is known of the tenant is forgotten. So who
/// writes, and asks again with the log's head held, never seals with a key that is gone; and what a
/// destroyed key could open went from the database before the key did.
public final class SubjectCiphers {
  static final Duration KEPT = Duration.ofSeconds(30);
  private static final int CACHED_MAX = 10_000;

  private record Subject(UUID tenant, String user) {}

  private final ConcurrentMap<UUID, Long> generations = new ConcurrentHashMap<>();

  private final KeyVault vault;
  private final Cache<Subject, SubjectCipher> ciphers =
      Caffeine.newBuilder().maximumSize(CACHED_MAX).expireAfterWrite(KEPT).build();

  public SubjectCiphers(KeyVault vault) {
    this.vault = vault;
  }

  /// @param generation how many keys of the tenant were destroyed
  public void observed(UUID tenant, long generation) {
    Long before = generations.get(tenant);
    if (before != null && before >= generation) {
      return;
    }
    generations.merge(tenant, generation, Math::max);
    ciphers.asMap().keySet().removeIf(subject -> subject.tenant().equals(tenant));
  }

  /// For writing: the key is made where there is none.
  public SubjectCipher of(MemoryScope place) {
    return ciphers.get(
        new Subject(place.tenant(), place.user()),
        subject -> new SubjectCipher(vault.obtain(subject.tenant(), subject.user())));
  }

  /// For reading; empty once the key is destroyed.
  public Optional<SubjectCipher> find(MemoryScope place) {
    Subject subject = new Subject(place.tenant(), place.user());
    SubjectCipher known = ciphers.getIfPresent(subject);
    if (known != null) {
      return Optional.of(known);
    }
    Optional<SubjectCipher> found =
        vault.find(place.tenant(), place.user()).map(SubjectCipher::new);
    found.ifPresent(cipher -> ciphers.put(subject, cipher));
    return found;
  }

  /// @return false if there was no key
  public boolean destroy(UUID tenant, String user) {
    boolean gone = vault.destroy(tenant, user);
    ciphers.invalidate(new Subject(tenant, user));
    return gone;
  }
}
