package engram.inference.tokenizer.normalize;

import engram.inference.tokenizer.split.BoundedMatching;
import engram.inference.tokenizer.split.CharacterSplitter;
import java.util.regex.Pattern;

/// The small normalizers of tokenizer.json.
public final class Rewriting {
  private Rewriting() {}

  /// Character by character, so a final sigma is an ordinary one.
  public static Normalizer lowerCase() {
    return (text, first, last) -> lowerCase(text);
  }

  static String lowerCase(String text) {
    StringBuilder built = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); ) {
      int codePoint = text.codePointAt(i);
      if (codePoint == 0x130) {
        built.append("i\u0307"); // the only character whose lower case is two
      } else {
        built.appendCodePoint(Character.toLowerCase(codePoint));
      }
      i += Character.charCount(codePoint);
    }
    return built.toString();
  }

  /// White space at the ends goes.
  public static Normalizer strip(boolean left, boolean right) {
    return (text, first, last) -> {
      int start = 0;
      int end = text.length();
      while (left && start < end && isWhiteSpace(text.charAt(start))) {
        start++;
      }
      while (right && start < end && isWhiteSpace(text.charAt(end - 1))) {
        end--;
      }
      return text.substring(start, end);
    };
  }

  /// Marks go; letters that carry theirs in one character keep them.
  public static Normalizer stripMarks() {
    return (text, first, last) -> {
      StringBuilder built = new StringBuilder(text.length());
      text.codePoints()
          .filter(codePoint -> !UnicodeForm.isMark(codePoint))
          .forEach(built::appendCodePoint);
      return built.toString();
    };
  }

  public static Normalizer replace(String what, String by) {
    return (text, first, last) -> what.isEmpty() ? text : text.replace(what, by);
  }

  public static Normalizer replace(Pattern what, String by) {
    return (text, first, last) -> {
      StringBuilder built = new StringBuilder(text.length() + 16);
      int[] copied = {0};
      BoundedMatching.forEach(
          what,
          text,
          (start, end) -> {
            built.append(text, copied[0], start).append(by);
            copied[0] = end;
          });
      return built.append(text, copied[0], text.length()).toString();
    };
  }

  public static Normalizer prepend(String what) {
    return (text, first, last) -> text.isEmpty() ? text : what + text;
  }

  /// As sequence-to-sequence translation models were trained: controls go, odd spaces are spaces.
  public static Normalizer nmt() {
    return (text, first, last) -> {
      StringBuilder built = new StringBuilder(text.length());
      text.codePoints()
          .filter(codePoint -> !isNmtControl(codePoint))
          .forEach(codePoint -> built.appendCodePoint(isNmtSpace(codePoint) ? ' ' : codePoint));
      return built.toString();
    };
  }

  private static boolean isNmtControl(int codePoint) {
    return (codePoint >= 0x01 && codePoint <= 0x08)
        || codePoint == 0x0B
        || (codePoint >= 0x0E && codePoint <= 0x1F)
        || codePoint == 0x7F
        || codePoint == 0x8F
        || codePoint == 0x9F;
  }

  private static boolean isNmtSpace(int codePoint) {
    return switch (codePoint) {
      case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD -> true;
      default -> codePoint >= 0x200B && codePoint <= 0x200F;
    };
  }

  static boolean isWhiteSpace(int codePoint) {
    return CharacterSplitter.whiteSpace().meant().test(codePoint);
  }
}
