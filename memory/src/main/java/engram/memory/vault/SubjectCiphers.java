package engram.memory.vault;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Scheduler;
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
/// destroyed so far, its *generation*; a cached cipher counts only in the generation in which the
/// vault was asked for it. A key is destroyed before the transaction that counts it commits, so
/// what is asked for within a transaction is never a key whose destruction it can see, however late
/// another thread comes back from the vault with it. And what a destroyed key could open went from
/// the database before the key did.
///
/// Threads: any.
public final class SubjectCiphers {
  /// How long a key stays in memory where nothing is heard of its tenant.
  static final Duration KEPT = Duration.ofSeconds(30);

  private static final int CACHED_MAX = 10_000;

  private record Subject(UUID tenant, String user) {}

  /// @param generation in which the vault was asked
  private record Known(SubjectCipher cipher, long generation) {
    Known orLater(Known other) {
      return other.generation > generation ? other : this;
    }
  }

  /// The greatest that was heard of: a transaction that began earlier must not take it back.
  private final ConcurrentMap<UUID, Long> generations = new ConcurrentHashMap<>();

  private final KeyVault vault;
  private final Cache<Subject, Known> ciphers =
      Caffeine.newBuilder()
          .maximumSize(CACHED_MAX)
          .expireAfterWrite(KEPT)
          .scheduler(Scheduler.systemScheduler()) // else they stay until the cache is used again
          .build();

  public SubjectCiphers(KeyVault vault) {
    this.vault = vault;
  }

  /// @param generation how many keys of the tenant were destroyed
  public void observed(UUID tenant, long generation) {
    if (generation <= generation(tenant)) {
      return;
    }
    generations.merge(tenant, generation, Math::max);
    ciphers.asMap().keySet().removeIf(subject -> subject.tenant().equals(tenant));
  }

  private long generation(UUID tenant) {
    return generations.getOrDefault(tenant, 0L);
  }

  /// For writing: the key is made where there is none.
  public SubjectCipher of(MemoryScope place) {
    Subject subject = new Subject(place.tenant(), place.user());
    long now = generation(subject.tenant());
    Known known = ciphers.getIfPresent(subject);
    return known != null && known.generation() == now
        ? known.cipher()
        : put(subject, vault.obtain(subject.tenant(), subject.user()), now);
  }

  /// For reading; empty once the key is destroyed.
  public Optional<SubjectCipher> find(MemoryScope place) {
    Subject subject = new Subject(place.tenant(), place.user());
    long now = generation(subject.tenant());
    Known known = ciphers.getIfPresent(subject);
    return known != null && known.generation() == now
        ? Optional.of(known.cipher())
        : vault.find(subject.tenant(), subject.user()).map(key -> put(subject, key, now));
  }

  private SubjectCipher put(Subject subject, byte[] key, long generation) {
    Known fresh = new Known(new SubjectCipher(key), generation);
    ciphers.asMap().merge(subject, fresh, Known::orLater);
    if (generation(subject.tenant()) != generation) {
      ciphers.asMap().remove(subject, fresh); // nobody may use it, so nobody keeps it
    }
    return fresh.cipher();
  }

  /// @return false if there was no key
  public boolean destroy(UUID tenant, String user) {
    boolean gone = vault.destroy(tenant, user);
    ciphers.invalidate(new Subject(tenant, user));
    return gone;
  }
}
