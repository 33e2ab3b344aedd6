package engram.inference.decode;

import java.util.List;

/// Ends a text where it has one of some strings, wherever the borders of its pieces lie.
///
/// What is released is final: it holds no part of a stop string that may still become whole. The
/// string that becomes whole first ends the text; of several that end there, the longest. So the
/// result does not depend on how the text was cut into pieces.
///
/// Threads: one sequence's, one caller at a time.
public final class StopStrings {
  public static final int COUNT_MAX = 16;
  public static final int CHARS_MAX = 1024;

  private final List<String> stops;
  private final int longest;
  private final StringBuilder held = new StringBuilder();
  private boolean stopped;

  /// @throws IllegalArgumentException if there are too many, or one is empty, too long, or begins
  ///   or ends within a character
  public StopStrings(List<String> stops) {
    if (stops.size() > COUNT_MAX) {
      throw new IllegalArgumentException(stops.size() + " stop strings > " + COUNT_MAX);
    }
    int max = 0;
    for (String stop : stops) {
      if (stop.isEmpty() || stop.length() > CHARS_MAX) {
        throw new IllegalArgumentException(
            "a stop string has " + stop.length() + " UTF-16 units, not 1 to " + CHARS_MAX);
      }
      if (Character.isLowSurrogate(stop.charAt(0))
          || Character.isHighSurrogate(stop.charAt(stop.length() - 1))) {
        throw new IllegalArgumentException("a stop string begins or ends within a character");
      }
      max = Math.max(max, stop.length());
    }
    this.stops = List.copyOf(stops);
    this.longest = max;
  }

  /// What of the text so far has become final through this piece.
  ///
  /// @throws IllegalStateException if the text has ended
  public String append(String piece) {
    if (stopped) {
      throw new IllegalStateException("the text has ended at a stop string");
    }
    int known = held.length();
    held.append(piece);
    for (int end = known + 1; end <= held.length(); end++) {
      int start = startOfStopEndingAt(end);
      if (start >= 0) {
        stopped = true;
        String last = held.substring(0, start);
        held.setLength(0);
        return last;
      }
    }
    int keep = heldBack();
    String released = held.substring(0, held.length() - keep);
    held.delete(0, held.length() - keep);
    return released;
  }

  /// What was held back, where the text ends by itself.
  public String end() {
    String rest = held.toString();
    held.setLength(0);
    return rest;
  }

  public boolean stopped() {
    return stopped;
  }

  private int startOfStopEndingAt(int end) {
    int first = -1;
    for (String stop : stops) {
      int start = end - stop.length();
      if (start >= 0
          && (first < 0 || start < first)
          && stop.contentEquals(held.subSequence(start, end))) {
        first = start;
      }
    }
    return first;
  }

  /// The longest end of what is held that begins a stop string.
  private int heldBack() {
    for (int length = Math.min(longest - 1, held.length()); length > 0; length--) {
      for (String stop : stops) {
        if (length < stop.length() && stop.startsWith(held.substring(held.length() - length))) {
          return length;
        }
      }
    }
    return 0;
  }
}
