package engram.db;

import org.jspecify.annotations.Nullable;

/// The data folder, or the PostgreSQL in it, cannot be used.
public final class DataFolderException extends DatabaseStartException {
  private final Reason reason;

  DataFolderException(Reason reason, String sentence) {
    this(reason, sentence, null);
  }

  DataFolderException(Reason reason, String sentence, @Nullable Throwable cause) {
    super(sentence, reason.action, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }

  /// Why, each with what a person can do about it.
  public enum Reason {
    IN_USE("Stop the other server, or give this one a folder of its own with engram.data-folder."),
    NEWER_ENGRAM("Start the newer Engram on it, or choose another folder with engram.data-folder."),
    OTHER_POSTGRES(
        "Start the Engram that wrote it, dump the data there, and load it into a new folder."),
    DISK_FULL("Free some space, or move the folder to a larger disk."),
    NOT_WRITABLE("Give this user the folder, or choose another one with engram.data-folder."),
    PORT_TAKEN("Stop what holds the port and start again."),
    NOT_SUPPORTED("Run your own PostgreSQL 15 or newer and name it with engram.database.url."),
    NOT_STARTED("The last lines of PostgreSQL's log say why; it lies in the folder postgres.");

    private final String action;

    Reason(String action) {
      this.action = action;
    }
  }
}
