package engram.retrieval.index;

import java.util.concurrent.atomic.AtomicLongArray;

/// Tells caches whether a document may have changed since they read it. Bounded: documents share
/// counters, so a neighbour's change may cost a needless read, never a stale one.
///
/// Take the epoch before reading from the database; what was read is good while the epoch stays.
public final class DocumentEpochs {
  private static final int COUNTERS = 1 << 14;

  private final AtomicLongArray counters = new AtomicLongArray(COUNTERS);

  public long of(long documentId) {
    return counters.get(slot(documentId));
  }

  void changed(long documentId) {
    counters.incrementAndGet(slot(documentId));
  }

  private static int slot(long documentId) {
    return Long.hashCode(documentId * 0x9E3779B97F4A7C15L) >>> 18;
  }
}
