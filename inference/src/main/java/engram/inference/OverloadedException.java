package engram.inference;

import java.time.Duration;

/// Too much waits already; this request was not taken.
public final class OverloadedException extends RuntimeException {
  private final Scope scope;
  private final Duration retryAfter;

  /// What is full.
  public enum Scope {
    /// The tenant's own share: others are still served.
    TENANT,
    /// All that there is, for whoever asks.
    ENGINE
  }

  public OverloadedException(Scope scope, String message, Duration retryAfter) {
    super(message);
    this.scope = scope;
    this.retryAfter = retryAfter;
  }

  public Scope scope() {
    return scope;
  }

  /// About when there will be room, from how fast tokens are computed now.
  public Duration retryAfter() {
    return retryAfter;
  }
}
