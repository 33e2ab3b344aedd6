package engram.api.error;

import java.io.IOException;

/// The body went on beyond the limit for its type.
public final class BodyTooLargeException extends IOException {
  private final long limitBytes;

  public BodyTooLargeException(long limitBytes) {
    super("The body is larger than " + limitBytes + " bytes");
    this.limitBytes = limitBytes;
  }

  long limitBytes() {
    return limitBytes;
  }
}
