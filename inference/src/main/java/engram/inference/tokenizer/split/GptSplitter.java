package engram.inference.tokenizer.split;

import static engram.inference.tokenizer.split.CharacterClass.NEWLINE;
import static engram.inference.tokenizer.split.CharacterClass.NUMBER;
import static engram.inference.tokenizer.split.CharacterClass.OTHER;
import static engram.inference.tokenizer.split.CharacterClass.isLetter;
import static engram.inference.tokenizer.split.CharacterClass.isSpace;

/// The words of GPT-2's and cl100k's expressions, by one walk over the characters.
///
/// The expressions themselves are in [Expressions]; they define what is right, and this is several
/// times faster. All characters belong to a word.
public final class GptSplitter implements Splitter {
  private final boolean old;
  private final int maxDigits;

  private GptSplitter(boolean old, int maxDigits) {
    this.old = old;
    this.maxDigits = maxDigits;
  }

  /// [Expressions#GPT2].
  public static GptSplitter gpt2() {
    return new GptSplitter(true, Integer.MAX_VALUE);
  }

  /// [Expressions#CL100K] with 3, [Expressions#QWEN2] with 1.
  ///
  /// @param maxDigits digits that a word has at most
  public static GptSplitter cl100k(int maxDigits) {
    return new GptSplitter(false, maxDigits);
  }

  @Override
  public void split(String text, int start, int end, boolean first, Words words) {
    for (int position = start; position < end; ) {
      int next = old ? gpt2(text, position, end) : cl100k(text, position, end);
      words.word(text, position, next);
      position = next;
    }
  }

  private static int gpt2(String text, int start, int end) {
    char unit = text.charAt(start);
    if (unit == '\'') {
      int contraction = contraction(text, start, end, false);
      if (contraction > start) {
        return contraction;
      }
    }
    int run = unit == ' ' && start + 1 < end ? start + 1 : start;
    byte kind = classAt(text, run, end);
    if (!isSpace(kind)) {
      return endOfKind(text, run, end, kind);
    }
    return spaces(text, start, end);
  }

  private int cl100k(String text, int start, int end) {
    char unit = text.charAt(start);
    if (unit == '\'') {
      int contraction = contraction(text, start, end, true);
      if (contraction > start) {
        return contraction;
      }
    }
    byte kind = classAt(text, start, end);
    if (isLetter(kind)) {
      return endOfKind(text, start, end, kind);
    }
    int next = start + Character.charCount(codePointAt(text, start, end));
    byte following = next < end ? classAt(text, next, end) : NEWLINE;
    if (kind != NEWLINE && kind != NUMBER && isLetter(following)) {
      return endOfKind(text, next, end, following);
    }
    if (kind == NUMBER) {
      return digits(text, start, end);
    }
    if (unit == ' ' && !isSpace(following) && following != NUMBER) {
      return newlines(text, endOfKind(text, next, end, OTHER), end);
    }
    if (!isSpace(kind)) {
      return newlines(text, endOfKind(text, start, end, OTHER), end);
    }
    int afterNewline = afterLastNewline(text, start, end);
    return afterNewline > start ? afterNewline : spaces(text, start, end);
  }

  /// The end of a run of letters, of numbers, or of what is neither nor white space.
  private static int endOfKind(String text, int start, int end, byte kind) {
    int position = start;
    while (position < end) {
      int codePoint = codePointAt(text, position, end);
      byte of = CharacterClass.of(codePoint);
      boolean same =
          isLetter(kind)
              ? isLetter(of)
              : kind == NUMBER ? of == NUMBER : !isLetter(of) && of != NUMBER && !isSpace(of);
      if (!same) {
        break;
      }
      position += Character.charCount(codePoint);
    }
    return position;
  }

  private int digits(String text, int start, int end) {
    int position = start;
    for (int count = 0; count < maxDigits && position < end; count++) {
      int codePoint = codePointAt(text, position, end);
      if (CharacterClass.of(codePoint) != NUMBER) {
        break;
      }
      position += Character.charCount(codePoint);
    }
    return position;
  }

  private static int newlines(String text, int start, int end) {
    int position = start;
    while (position < end && CharacterClass.of(text.charAt(position)) == NEWLINE) {
      position++;
    }
    return position;
  }

  /// @return `start` where the white space that begins there has no line break
  private static int afterLastNewline(String text, int start, int end) {
    int after = start;
    for (int i = start; i < end && isSpace(CharacterClass.of(text.charAt(i))); i++) {
      if (CharacterClass.of(text.charAt(i)) == NEWLINE) {
        after = i + 1;
      }
    }
    return after;
  }

  /// White space but for its last character, which belongs to the word that follows.
  private static int spaces(String text, int start, int end) {
    int position = start;
    while (position < end && isSpace(CharacterClass.of(text.charAt(position)))) {
      position++;
    }
    return position < end && position - start > 1 ? position - 1 : position;
  }

  /// `'s 't 're 've 'm 'll 'd`; without regard to case the long s (U+017F) is an s too.
  private static int contraction(String text, int start, int end, boolean anyCase) {
    if (start + 1 >= end) {
      return start;
    }
    char one = folded(text.charAt(start + 1), anyCase);
    if (one == 's' || one == 't' || one == 'm' || one == 'd') {
      return start + 2;
    }
    if (start + 2 < end) {
      char two = folded(text.charAt(start + 2), anyCase);
      if (((one == 'r' || one == 'v') && two == 'e') || (one == 'l' && two == 'l')) {
        return start + 3;
      }
    }
    return start;
  }

  private static char folded(char unit, boolean anyCase) {
    if (anyCase && unit >= 'A' && unit <= 'Z') {
      return (char) (unit + 32);
    }
    return anyCase && unit == 'ſ' ? 's' : unit;
  }

  private static byte classAt(String text, int position, int end) {
    return CharacterClass.of(codePointAt(text, position, end));
  }

  private static int codePointAt(String text, int position, int end) {
    char unit = text.charAt(position);
    if (Character.isHighSurrogate(unit) && position + 1 < end) {
      return text.codePointAt(position);
    }
    return unit;
  }
}
