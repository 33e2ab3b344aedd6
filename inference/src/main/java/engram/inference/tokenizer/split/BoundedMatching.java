package engram.inference.tokenizer.split;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds the matches of an expression that may come out of a hostile file: on a budget of steps
/// that grows linearly with the text. One that recurses too deep is refused like one that runs too
/// long.
public final class BoundedMatching {
  // GPT-2's expression takes about 6 steps per character.
  private static final long STEPS_PER_CHARACTER = 500;
  private static final long STEPS_AT_LEAST = 100_000;

  private BoundedMatching() {}

  /// Takes the matches that are not empty, left to right.
  public interface Matches {
    void match(int start, int end);
  }

  /// @throws IllegalArgumentException if the expression costs too much on this text
  public static void forEach(Pattern pattern, String text, Matches matches) {
    Matcher matcher = pattern.matcher(new Metered(pattern, text));
    try {
      while (matcher.find()) {
        if (matcher.end() > matcher.start()) {
          matches.match(matcher.start(), matcher.end());
        }
      }
    } catch (StackOverflowError tooDeep) {
      throw tooCostly(pattern, "recurses too deep", text);
    }
  }

  private static IllegalArgumentException tooCostly(Pattern pattern, String what, String text) {
    String shown = pattern.pattern();
    return new IllegalArgumentException(
        "the tokenizer's expression '"
            + (shown.length() <= 80 ? shown : shown.substring(0, 80) + "…")
            + "' "
            + what
            + " on a text of "
            + text.length()
            + " characters");
  }

  /// A text that counts how often it is read; java.util.regex has no limit of its own.
  private static final class Metered implements CharSequence {
    private final Pattern pattern;
    private final String text;
    private long stepsLeft;

    Metered(Pattern pattern, String text) {
      this.pattern = pattern;
      this.text = text;
      this.stepsLeft = STEPS_AT_LEAST + STEPS_PER_CHARACTER * text.length();
    }

    @Override
    public char charAt(int index) {
      if (--stepsLeft < 0) {
        throw tooCostly(pattern, "takes too many steps", text);
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.substring(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
