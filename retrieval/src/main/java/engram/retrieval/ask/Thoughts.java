package engram.retrieval.ask;

/// Leaves out what a reasoning model thinks aloud before it answers: `<think>…</think>`.
///
/// Threads: one.
final class Thoughts {
  private static final String OPEN = "<think>";
  private static final String CLOSE = "</think>";

  private final StringBuilder pending = new StringBuilder();
  private boolean answering;

  /// The part of the answer that is no thought; may be empty.
  String without(String piece) {
    if (answering) {
      return piece;
    }
    pending.append(piece);
    String begun = pending.toString().stripLeading();
    if (begun.startsWith(OPEN)) {
      int close = begun.indexOf(CLOSE);
      if (close < 0) {
        return "";
      }
      return answer(begun.substring(close + CLOSE.length()));
    }
    return OPEN.startsWith(begun) ? "" : answer(begun);
  }

  /// What was held back in the end: nothing, if it was a thought that never ended.
  String rest() {
    String begun = pending.toString().stripLeading();
    return answering || begun.startsWith(OPEN) ? "" : answer(begun);
  }

  private String answer(String text) {
    answering = true;
    pending.setLength(0);
    return text;
  }
}
