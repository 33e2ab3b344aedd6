package engram.db;

import org.jspecify.annotations.Nullable;

/// The database cannot be used, for a reason that the person who started the server can act on.
///
/// The message is one plain sentence meant for that person; [#action] says in another what to do.
public sealed class DatabaseStartException extends RuntimeException permits DataFolderException {
  private final String action;

  public DatabaseStartException(String sentence, String action, @Nullable Throwable cause) {
    super(sentence, cause);
    this.action = action;
  }

  /// What to do about it, one sentence.
  public String action() {
    return action;
  }
}
