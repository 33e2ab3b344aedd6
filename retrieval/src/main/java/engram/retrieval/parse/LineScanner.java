package engram.retrieval.parse;

/// Walks over the lines of a text without copying it.
final class LineScanner {
  private final String text;
  private int start;
  private int end;
  private int next;

  LineScanner(String text) {
    this.text = text;
  }

  boolean advance() {
    if (next >= text.length()) {
      start = text.length();
      end = start;
      return false;
    }
    start = next;
    int newline = text.indexOf('\n', start);
    next = newline < 0 ? text.length() : newline + 1;
    end = newline < 0 ? text.length() : newline;
    if (end > start && text.charAt(end - 1) == '\r') {
      end--;
    }
    return true;
  }

  /// Where the line begins.
  int start() {
    return start;
  }

  /// Where it ends, before its line end.
  int end() {
    return end;
  }

  String line() {
    return text.substring(start, end);
  }
}
