package engram.retrieval;

/// A request that cannot be carried out as it is. Its message tells the caller what to do.
public final class RefusedException extends RuntimeException {
  public enum Reason {
    /// The request contradicts what is there.
    CONFLICT,
    /// The caller may see it but not do this with it.
    FORBIDDEN,
    /// Larger than a named limit.
    TOO_LARGE,
    /// Malformed or out of range.
    INVALID,
    /// No room left on the disk.
    NO_SPACE
  }

  private final Reason reason;
  private final String code;

  /// @param code stable, such as `checksum_mismatch`
  public RefusedException(Reason reason, String code, String message) {
    super(message);
    this.reason = reason;
    this.code = code;
  }

  public Reason reason() {
    return reason;
  }

  public String code() {
    return code;
  }
}
