package engram.inference.hub;

/// Why a model cannot be had, in one line that says what to do about it.
public final class HubException extends RuntimeException {
  /// What went wrong.
  public enum Reason {
    /// No connection to the hub.
    NO_NETWORK,
    /// No such model, revision or file.
    NOT_FOUND,
    /// A token is needed, or the one that there is may not read this.
    DENIED,
    /// More bytes than the settings allow.
    TOO_LARGE,
    /// Not enough room on the disk.
    NO_SPACE,
    /// What arrived is not what was announced.
    DAMAGED,
    /// Somebody else is changing this model just now.
    BUSY,
    /// The hub answers in a way that is not understood or not allowed.
    REFUSED
  }

  private final Reason reason;

  public HubException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public HubException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
