package engram.api.security;

import engram.api.ApiSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Remembers for a few seconds which key a secret belongs to, by the secret's hash.
///
/// Secrets of no key are not remembered: guesses differ, and would only push real keys out.
/// Threads: any.
@Component
public class KeyCache {
  private final Duration ttl;
  private final int entriesMax;
  private final Map<String, Known> entries;

  /// Grows with every revocation: what was read from the database before one is not kept after it.
  private long epoch;

  private record Known(ApiKey key, Instant loadedAt) {}

  public KeyCache(ApiSettings settings) {
    ttl = settings.keyCacheTtl();
    entriesMax = settings.keyCacheEntriesMax();
    entries =
        new LinkedHashMap<>(16, 0.75f, true) {
          @Override
          protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
            return size() > entriesMax;
          }
        };
  }

  Optional<ApiKey> get(byte[] sha256, Instant now, Supplier<Optional<ApiKey>> load) {
    String hash = HexFormat.of().formatHex(sha256);
    ApiKey known = fresh(hash, now);
    if (known != null) {
      return Optional.of(known);
    }
    long before = epoch();
    Optional<ApiKey> loaded = load.get();
    loaded.ifPresent(key -> put(hash, new Known(key, now), before));
    return loaded;
  }

  synchronized void forget(String keyId) {
    epoch++;
    entries.values().removeIf(entry -> entry.key().id().equals(keyId));
  }

  synchronized void forget(byte[] sha256) {
    epoch++;
    entries.remove(HexFormat.of().formatHex(sha256));
  }

  private synchronized @Nullable ApiKey fresh(String hash, Instant now) {
    Known entry = entries.get(hash);
    return entry != null && entry.loadedAt().plus(ttl).isAfter(now) ? entry.key() : null;
  }

  private synchronized long epoch() {
    return epoch;
  }

  private synchronized void put(String hash, Known entry, long before) {
    if (epoch == before) {
      entries.put(hash, entry);
    }
  }
}
