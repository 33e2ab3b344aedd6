package engram.inference.tokenizer.split;

import engram.inference.tokenizer.segment.IdList;
import java.util.function.IntPredicate;

/// Splits at characters: every one that is meant is a match of its own.
///
/// @param meant by code point
public record CharacterSplitter(IntPredicate meant, Behaviour behaviour) implements Splitter {
  /// Each digit by itself, or runs of them.
  public static CharacterSplitter digits(boolean individual) {
    return new CharacterSplitter(
        codePoint -> CharacterClass.of(codePoint) == CharacterClass.NUMBER,
        individual ? Behaviour.ISOLATED : Behaviour.CONTIGUOUS);
  }

  public static CharacterSplitter punctuation(Behaviour behaviour) {
    return new CharacterSplitter(CharacterSplitter::isPunctuation, behaviour);
  }

  public static CharacterSplitter whiteSpace() {
    return new CharacterSplitter(CharacterClass::isWhiteSpace, Behaviour.REMOVED);
  }

  /// BERT's words: white space goes, and every mark of punctuation is a word.
  public static Splitter bert() {
    return Splitter.chain(java.util.List.of(whiteSpace(), punctuation(Behaviour.ISOLATED)));
  }

  /// Punctuation as BERT means it: all of ASCII that is neither letter, digit nor white space, and
  /// Unicode's punctuation.
  public static boolean isPunctuation(int codePoint) {
    if (codePoint < 128) {
      return codePoint > ' '
          && codePoint < 127
          && !(codePoint >= '0' && codePoint <= '9')
          && !((codePoint | 32) >= 'a' && (codePoint | 32) <= 'z');
    }
    return switch (Character.getType(codePoint)) {
      case Character.CONNECTOR_PUNCTUATION,
          Character.DASH_PUNCTUATION,
          Character.START_PUNCTUATION,
          Character.END_PUNCTUATION,
          Character.OTHER_PUNCTUATION,
          Character.INITIAL_QUOTE_PUNCTUATION,
          Character.FINAL_QUOTE_PUNCTUATION ->
          true;
      default -> false;
    };
  }

  @Override
  public void split(String text, int start, int end, boolean first, Words words) {
    IdList spans = new IdList(48);
    int between = start;
    for (int i = start; i < end; ) {
      int codePoint = text.codePointAt(i);
      int next = Math.min(end, i + Character.charCount(codePoint));
      if (meant.test(codePoint)) {
        add(spans, between, i, 0);
        add(spans, i, next, 1);
        between = next;
      }
      i = next;
    }
    add(spans, between, end, 0);
    behaviour.emit(text, spans, words);
  }

  /// Adds a span unless it is empty.
  static void add(IdList spans, int start, int end, int match) {
    if (start < end) {
      spans.add(start);
      spans.add(end);
      spans.add(match);
    }
  }
}
