package engram.inference.tokenizer.split;

/// Writes spaces as a visible character that begins the next word, as SentencePiece does.
///
/// @param replacement U+2581 as a rule
/// @param prepend whether a text that begins without a space is given one
/// @param split whether words are cut before each replacement, or the text stays whole
public record Metaspace(char replacement, Prepend prepend, boolean split) implements Splitter {
  public static final char LOWER_ONE_EIGHTH_BLOCK = '▁';

  /// Where a space is added.
  public enum Prepend {
    ALWAYS,
    FIRST,
    NEVER
  }

  @Override
  public void split(String text, int start, int end, boolean first, Words words) {
    if (start == end) {
      return;
    }
    StringBuilder built = new StringBuilder(end - start + 1);
    char begins = text.charAt(start);
    boolean added =
        begins != ' '
            && begins != replacement
            && (prepend == Prepend.ALWAYS || (prepend == Prepend.FIRST && first));
    if (added) {
      built.append(replacement);
    }
    for (int i = start; i < end; i++) {
      built.append(text.charAt(i) == ' ' ? replacement : text.charAt(i));
    }
    String written = built.toString();
    if (!split) {
      words.word(written, 0, written.length());
      return;
    }
    int word = 0;
    for (int i = 1; i < written.length(); i++) {
      if (written.charAt(i) == replacement) {
        words.word(written, word, i);
        word = i;
      }
    }
    words.word(written, word, written.length());
  }
}
