package engram.retrieval.parse;

/// Told about progress while a file is being parsed; called on the parsing caller's thread, at most
/// a few times a second.
@FunctionalInterface
public interface ParseProgress {
  ParseProgress NONE = (done, total, unit) -> {};

  /// What is counted.
  enum Unit {
    PAGES((byte) 'p'),
    ENTRIES((byte) 'e'),
    BYTES((byte) 'b');

    private final byte code;

    Unit(byte code) {
      this.code = code;
    }

    /// How it is written on the pipe between parent and worker.
    byte code() {
      return code;
    }
  }

  /// @param done how many are finished
  /// @param total how many there are, 0 if not known yet
  void report(long done, long total, Unit unit);
}
