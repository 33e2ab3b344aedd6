package engram.inference.tokenizer.split;

/// Words of so many characters each, the last one shorter.
public record FixedLengths(int characters) implements Splitter {
  public FixedLengths {
    if (characters < 1) {
      throw new IllegalArgumentException("characters " + characters + " < 1");
    }
  }

  @Override
  public void split(String text, int start, int end, boolean first, Words words) {
    int word = start;
    int count = 0;
    for (int i = start; i < end; i += Character.charCount(text.codePointAt(i))) {
      if (count == characters) {
        words.word(text, word, i);
        word = i;
        count = 0;
      }
      count++;
    }
    if (word < end) {
      words.word(text, word, end);
    }
  }
}
