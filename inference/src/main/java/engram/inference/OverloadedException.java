package engram.inference;

import java.time.Duration;

/// Too many requests wait already; this one was not taken.
public final class OverloadedException extends RuntimeException {
  private final Duration retryAfter;

  public OverloadedException(String message, Duration retryAfter) {
    super(message);
    this.retryAfter = retryAfter;
  }

  /// About when there will be room, from how fast tokens are computed now.
  public Duration retryAfter() {
    return retryAfter;
  }
}
