package engram.inference.engine;

import engram.inference.KvTier;
import engram.inference.KvTier.PartKey;
import engram.inference.cache.KvSequence;
import engram.inference.cache.KvSnapshot;
import engram.inference.schedule.CachedSequence;
import engram.inference.schedule.Demoted;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The caches of one model's sequences that gave their pages up, in a tier until they go on; and
/// beginnings of prompts that nobody uses, until somebody does.
///
/// Parts are this process's own: what another left in the tier is never read.
///
/// Threads: the engine's; the tier's own for its work.
final class TieredCaches {
  private static final Logger LOG = LoggerFactory.getLogger(TieredCaches.class);

  /// Copies that wait to be written, of all sequences together; what would be more is computed
  /// anew.
  private static final long WAITING_BYTES_MAX = 512L << 20;

  private final KvTier tier;
  private final String model;
  private final AtomicLong waitingBytes = new AtomicLong();
  private final AtomicLong parts = new AtomicLong();

  /// @param tier stays the caller's
  TieredCaches(KvTier tier, String model) {
    this.tier = tier;
    this.model = (model.length() > 150 ? model.substring(0, 150) : model) + " " + UUID.randomUUID();
  }

  /// What is copied.
  ///
  /// @param from entries of each list that are left out
  /// @param length tokens that were computed, those included
  /// @param pages that it takes back
  record Part(KvSequence entries, int from, int length, int pages) {}

  /// What reading so many bytes takes, about.
  double seconds(long bytes) {
    KvTier.Cost cost = tier.cost();
    return cost.secondsPerPart() + bytes / cost.bytesPerSecond();
  }

  /// Copies a sequence's entries into the tier.
  ///
  /// @param beginning of what is restored: the entries of the sequence before, or none
  /// @param back makes a sequence again of entries that were restored
  /// @param wake called, by any thread, when it was brought back
  /// @return null where too much waits to be written
  @Nullable Demoted demote(
      Part part,
      String owner,
      Function<@Nullable CachedSequence, KvSequence> beginning,
      Function<KvSequence, CachedSequence> back,
      Runnable wake) {
    KvSequence entries = part.entries();
    long bytes = KvSnapshot.bytes(entries, part.from());
    if (waitingBytes.addAndGet(bytes) > WAITING_BYTES_MAX) {
      waitingBytes.addAndGet(-bytes);
      return null;
    }
    Arena arena = Arena.ofShared();
    MemorySegment copy = arena.allocate(bytes, 64);
    KvSnapshot.write(entries, part.from(), copy);
    PartKey key =
        new PartKey(
            model + " " + entries.pool().layout(), ownerKey(owner), parts.getAndIncrement());
    CompletableFuture<Boolean> stored =
        tier.put(key, copy)
            .whenComplete((done, failure) -> {
              arena.close();
              waitingBytes.addAndGet(-bytes);
              if (failure != null) {
                LOG.warn("a cache could not be demoted, and is computed anew", failure);
              }
            });
    return new InTier(key, part, bytes, stored, beginning, back, wake);
  }

  /// Tenants may have longer names than keys.
  private static String ownerKey(String owner) {
    return owner.length() <= 200
        ? owner
        : owner.substring(0, 160) + " " + Integer.toHexString(owner.hashCode());
  }

  private final class InTier implements Demoted {
    private final PartKey key;
    private final int length;
    private final int pages;
    private final long bytes;
    private final CompletableFuture<Boolean> stored;
    private final Function<@Nullable CachedSequence, KvSequence> beginning;
    private final Function<KvSequence, CachedSequence> back;
    private final Runnable wake;
    private @Nullable CompletableFuture<Optional<MemorySegment>> fetched;
    private boolean forgotten;

    InTier(
        PartKey key,
        Part part,
        long bytes,
        CompletableFuture<Boolean> stored,
        Function<@Nullable CachedSequence, KvSequence> beginning,
        Function<KvSequence, CachedSequence> back,
        Runnable wake) {
      this.key = key;
      this.length = part.length();
      this.pages = part.pages();
      this.bytes = bytes;
      this.stored = stored;
      this.beginning = beginning;
      this.back = back;
      this.wake = wake;
    }

    @Override
    public int pages() {
      return pages;
    }

    @Override
    public int length() {
      return length;
    }

    @Override
    public double seconds() {
      return TieredCaches.this.seconds(bytes);
    }

    @Override
    public boolean fetch() {
      if (fetched == null) {
        fetched =
            stored
                .thenCompose(done ->
                    done ? tier.get(key) : CompletableFuture.completedFuture(Optional.empty()))
                .exceptionally(failure -> {
                  LOG.warn("a demoted cache cannot be read, and is computed anew", failure);
                  return Optional.empty();
                });
        var _ = fetched.thenRun(wake);
      }
      return fetched.isDone();
    }

    @Override
    public @Nullable CachedSequence restore(@Nullable CachedSequence before) {
      Optional<MemorySegment> found =
          fetched == null ? Optional.empty() : fetched.getNow(Optional.empty());
      if (found.isEmpty()) {
        if (before != null) {
          before.close();
        }
        return null;
      }
      KvSequence entries = beginning.apply(before);
      KvSnapshot.append(entries, found.get());
      return back.apply(entries);
    }

    @Override
    public void letGo() {
      fetched = null;
    }

    @Override
    public void forget() {
      if (!forgotten) {
        forgotten = true;
        letGo();
        // Not before it was written, and not by the engine's thread, which must not wait.
        var _ = stored.whenCompleteAsync((done, failure) -> tier.evict(key));
      }
    }
  }
}
