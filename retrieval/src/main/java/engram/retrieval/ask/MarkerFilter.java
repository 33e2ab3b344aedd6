package engram.retrieval.ask;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Takes citation markers out of a text that comes in pieces, and remembers where they stood.
///
/// Knows `[1]`, `[1, 2]`, `[1-3]`, `[1][2]`, `【1】`, `【1†source】`, `[^1]`, `[Passage 1]`, with the
/// blanks before them, wherever the pieces break. What only looks like the beginning of a marker is
/// held back until it is told apart, at most some tens of characters.
///
/// Threads: one.
final class MarkerFilter {
  /// What a model writes when the passages do not answer.
  static final String REFUSAL = "[NO_ANSWER]";

  /// @param position in the visible text, after the last character before the marker
  /// @param numbers as written, from 1; they may name no passage
  record Marker(int position, List<Integer> numbers) {}

  private static final Pattern MARKER =
      Pattern.compile(
          "[ \\t\\u00a0]{0,8}(?:(\\[NO_ANSWER\\])|[\\[【]\\s{0,2}\\^?(?:(?i:passages?|sources?)\\s{1,2})?"
              + "(\\d{1,3}(?:\\s{0,2}[,;，、–-]\\s{0,2}\\d{1,3}){0,15})"
              + "\\s{0,2}(?:†[^\\]】\\n]{0,40})?[\\]】])");
  private static final Pattern NUMBER = Pattern.compile("(\\d{1,3})(?:\\s*[–-]\\s*(\\d{1,3}))?");

  private final StringBuilder pending = new StringBuilder();
  private final List<Marker> markers = new ArrayList<>();
  private int visibleChars;
  private boolean refused;

  /// @return the text that can be shown now; may be empty
  String accept(String piece) {
    pending.append(piece);
    return drain(false);
  }

  /// The rest, when nothing more comes.
  String finish() {
    return drain(true);
  }

  List<Marker> markers() {
    return markers;
  }

  /// Whether the model said that the passages do not answer.
  boolean refused() {
    return refused;
  }

  // hitEnd tells exactly what is needed here: whether more input could still make a marker.
  @SuppressWarnings("JdkObsolete")
  private String drain(boolean last) {
    StringBuilder visible = new StringBuilder();
    int at = 0;
    while (at < pending.length()) {
      char next = pending.charAt(at);
      if (!mayBegin(next)) {
        visible.append(next);
        at++;
        continue;
      }
      Matcher matcher = MARKER.matcher(pending).region(at, pending.length());
      if (matcher.lookingAt()) {
        note(matcher, visibleChars + visible.length());
        at = matcher.end();
      } else if (matcher.hitEnd() && !last) {
        break;
      } else {
        visible.append(next);
        at++;
      }
    }
    pending.delete(0, at);
    visibleChars += visible.length();
    return visible.toString();
  }

  private static boolean mayBegin(char next) {
    return next == '[' || next == '【' || next == ' ' || next == '\t' || next == '\u00a0';
  }

  private void note(Matcher marker, int position) {
    if (marker.group(1) != null) {
      refused = true;
      return;
    }
    List<Integer> numbers = new ArrayList<>();
    Matcher number = NUMBER.matcher(marker.group(2));
    while (number.find()) {
      int from = Integer.parseInt(number.group(1));
      int to = number.group(2) == null ? from : Integer.parseInt(number.group(2));
      for (int each = from; each <= Math.min(to, from + 15); each++) {
        numbers.add(each);
      }
    }
    markers.add(new Marker(position, List.copyOf(numbers)));
  }
}
