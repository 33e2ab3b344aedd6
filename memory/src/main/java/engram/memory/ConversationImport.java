package engram.memory;

import java.io.IOException;
import java.io.InputStream;

/// Brings whole conversations into the log.
public interface ConversationImport {
  /// @param added events that are new in the log
  /// @param known events that the log had
  record Imported(long added, long known, int sessions) {}

  /// Reads all of the input and appends it in batches. An input that cannot be read stops where
  /// that shows; what was appended stays, and the same input mended can be imported again, for
  /// events have keys.
  ///
  /// @param sessionPrefix put before the names of sessions, so that two inputs with equal names
  ///   stay apart; may be empty
  /// @throws engram.retrieval.RefusedException `conversation_invalid`, saying where and why; a
  ///   message without a time is such a case
  Imported load(
      MemoryScope place, ConversationFormat format, String sessionPrefix, InputStream input)
      throws IOException;
}
