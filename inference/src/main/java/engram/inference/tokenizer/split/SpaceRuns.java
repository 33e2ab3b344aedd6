package engram.inference.tokenizer.split;

/// Cuts before each run of a mark (SentencePiece's visible space). For segmenters whose pieces have
/// the mark at their beginning only, or nothing else, this changes nothing but makes words that can
/// be remembered.
public record SpaceRuns(char mark) implements Splitter {
  @Override
  public void split(String text, int start, int end, boolean first, Words words) {
    int word = start;
    for (int i = start + 1; i < end; i++) {
      if (text.charAt(i) == mark && text.charAt(i - 1) != mark) {
        words.word(text, word, i);
        word = i;
      }
    }
    if (word < end) {
      words.word(text, word, end);
    }
  }
}
