package engram.db;

import java.security.SecureRandom;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/// Identifiers that sort by the time they were made: new rows land at one end of an index.
///
/// RFC 9562, version 7, with its method 3: the 12 bits after the milliseconds count within one. In
/// one JVM each is greater than the one before it. Threads: any.
public final class UuidV7 {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final long VERSION_7 = 0x7000L;
  private static final long VARIANT = 0x8000_0000_0000_0000L;

  /// Milliseconds times 4096 plus the count within them; runs ahead of the clock rather than
  /// repeat.
  private static final AtomicLong LAST = new AtomicLong();

  private UuidV7() {}

  public static UUID next() {
    long now = System.currentTimeMillis() << 12;
    long tick = LAST.updateAndGet(last -> Math.max(last + 1, now));
    long high = (tick >>> 12) << 16 | VERSION_7 | (tick & 0xfff);
    long low = RANDOM.nextLong() >>> 2 | VARIANT;
    return new UUID(high, low);
  }
}
