package engram.inference;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// A place where parts of caches go that the engine has no room for: extension point 4.
///
/// Always holds: what comes back is what went in, byte for byte, or nothing comes back. A tier may
/// drop what it holds at any time.
///
/// Threads: any.
public interface KvTier extends AutoCloseable {
  /// The stable name by which settings and reports call it.
  String name();

  /// Stores a copy of the bytes; a part of that name that was there is replaced.
  ///
  /// @param bytes may be used again once the future is done
  /// @return false where there is no room for it; the cause, where storing failed
  CompletableFuture<Boolean> put(PartKey key, MemorySegment bytes);

  /// The part's bytes; empty where it is not there, or was damaged.
  CompletableFuture<Optional<MemorySegment>> get(PartKey key);

  /// Drops a part; harmless where there is none.
  void evict(PartKey key);

  Cost cost();

  @Override
  void close();

  /// A part of a cache.
  ///
  /// @param model whose cache, with all that shapes its bytes: file, codec, layout
  /// @param owner whose it is; owners see nothing of each other
  /// @param part which part of it
  record PartKey(String model, String owner, long part) {
    public PartKey {
      if (model.isEmpty() || model.length() > 200 || owner.length() > 200) {
        throw new IllegalArgumentException(
            "model '%s' or owner '%s' has not up to 200 characters".formatted(model, owner));
      }
    }
  }

  /// What reading takes, for deciding between reading and computing anew.
  record Cost(double secondsPerPart, double bytesPerSecond) {}
}
