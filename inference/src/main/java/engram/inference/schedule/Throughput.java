package engram.inference.schedule;

import java.time.Duration;

/// How fast tokens are computed lately, for telling callers when to come back, and whether
/// computing again is sooner than reading.
///
/// Threads: one writer; any may read.
final class Throughput {
  /// Of each pass; so the last 20 passes or so count.
  private static final double WEIGHT = 0.05;

  private volatile double tokensPerSecond;

  void add(int tokens, long nanos) {
    double rate = tokens / (Math.max(1, nanos) * 1e-9);
    double before = tokensPerSecond;
    tokensPerSecond = before == 0 ? rate : before + WEIGHT * (rate - before);
  }

  /// 0 before the first pass.
  double tokensPerSecond() {
    return tokensPerSecond;
  }

  double secondsFor(long tokens) {
    double rate = tokensPerSecond;
    return rate <= 0 ? 0 : tokens / rate;
  }

  Duration timeFor(long tokens) {
    double rate = tokensPerSecond;
    return rate <= 0
        ? Duration.ZERO
        : Duration.ofMillis((long) Math.min(1e12, 1000 * tokens / rate));
  }
}
