package engram.inference.tokenizer.split;

/// Cuts where the script changes; spaces go with what stands before, those at the beginning go, and
/// Japanese scripts count as Han, as in SentencePiece's trainer.
public record Scripts() implements Splitter {
  @Override
  public void split(String text, int start, int end, boolean first, Words words) {
    int word = -1;
    Character.UnicodeScript before = null;
    for (int i = start; i < end; ) {
      int codePoint = text.codePointAt(i);
      Character.UnicodeScript script = scriptOf(codePoint);
      if (script != null && script != before) {
        if (word >= 0) {
          words.word(text, word, i);
        }
        word = i;
        before = script;
      }
      i += Character.charCount(codePoint);
    }
    if (word >= 0) {
      words.word(text, word, end);
    }
  }

  private static Character.@org.jspecify.annotations.Nullable UnicodeScript scriptOf(
      int codePoint) {
    if (codePoint == ' ') {
      return null;
    }
    if (codePoint == 0x30FC) { // the long vowel mark goes with Kana
      return Character.UnicodeScript.HAN;
    }
    return switch (Character.UnicodeScript.of(codePoint)) {
      case HIRAGANA, KATAKANA, HAN -> Character.UnicodeScript.HAN;
      case UNKNOWN -> null;
      case Character.UnicodeScript other -> other;
    };
  }
}
