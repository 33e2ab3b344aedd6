package engram.memory.vault;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import engram.memory.KeyVault;
import engram.memory.MemoryScope;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/// The ciphers of subjects, through a short-lived cache. A place's subject is its tenant and user.
///
/// Another process may destroy a key; this one then goes on with it for at most [#KEPT].
public final class SubjectCiphers {
  static final Duration KEPT = Duration.ofSeconds(30);
  private static final int CACHED_MAX = 10_000;

  private record Subject(UUID tenant, String user) {}

  private final KeyVault vault;
  private final Cache<Subject, SubjectCipher> ciphers =
      Caffeine.newBuilder().maximumSize(CACHED_MAX).expireAfterWrite(KEPT).build();

  public SubjectCiphers(KeyVault vault) {
    this.vault = vault;
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
