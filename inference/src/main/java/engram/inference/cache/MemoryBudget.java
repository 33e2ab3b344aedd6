package engram.inference.cache;

import java.util.concurrent.atomic.AtomicLong;

/// Bytes that several pools may use together.
///
/// Threads: any.
public final class MemoryBudget {
  private final long bytes;
  private final AtomicLong used = new AtomicLong();

  public MemoryBudget(long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("budget of " + bytes + " bytes");
    }
    this.bytes = bytes;
  }

  public long bytes() {
    return bytes;
  }

  public long usedBytes() {
    return used.get();
  }

  public long freeBytes() {
    return bytes - used.get();
  }

  /// Takes all of `wanted`, or nothing and says false.
  boolean take(long wanted) {
    while (true) {
      long now = used.get();
      if (wanted > bytes - now) {
        return false;
      }
      if (used.compareAndSet(now, now + wanted)) {
        return true;
      }
    }
  }

  void giveBack(long freed) {
    used.addAndGet(-freed);
  }
}
