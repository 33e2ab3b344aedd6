package engram.retrieval.parse;

/// Why a file gave no text. The [#id] is stored and shown to API callers: never change one.
public enum FailureCode {
  /// A password or the owner's permissions keep the text locked.
  ENCRYPTED("encrypted"),
  CORRUPT("corrupt"),
  UNSUPPORTED_FORMAT("unsupported_format"),
  /// Readable, but without any text: empty, or scanned images only.
  NO_TEXT("no_text"),
  /// Over a size limit, on disk or unpacked.
  TOO_LARGE("too_large"),
  /// Nested deeper than the limit.
  TOO_DEEP("too_deep"),
  TIMEOUT("timeout"),
  OUT_OF_MEMORY("out_of_memory"),
  WORKER_CRASHED("worker_crashed"),
  /// The caller asked to stop.
  CANCELLED("cancelled"),
  /// This server could not read it now: its disk, its memory, or the parser's start failed. Not the
  /// file's fault, and worth another try.
  UNREADABLE("unreadable");

  private final String id;

  FailureCode(String id) {
    this.id = id;
  }

  public String id() {
    return id;
  }
}
