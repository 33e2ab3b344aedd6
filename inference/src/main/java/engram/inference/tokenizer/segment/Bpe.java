package engram.inference.tokenizer.segment;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Byte-pair encoding: the neighbours whose merge has the lowest rank become one piece, until no
/// neighbours merge. Sennrich, Haddow, Birch, ACL 2016; over bytes as in GPT-2 (Radford et al.,
/// 2019), over characters with bytes for unknown ones as in SentencePiece (Kudo, Richardson, EMNLP
/// 2018).
///
/// Of equal ranks the leftmost goes first. Short words are searched for the lowest rank anew after
/// each merge, long ones keep a heap of candidates, so a word of n characters takes O(n log n).
public final class Bpe implements Segmenter {
  /// Two pieces and what they become; `result` differs from their concatenation where a vocabulary
  /// marks pieces inside of words.
  public record Merge(String left, String right, String result) {
    public Merge(String left, String right) {
      this(left, right, left + right);
    }
  }

  /// How a vocabulary is meant.
  ///
  /// @param byteLevel symbols are bytes in the spelling of [ByteAlphabet], not characters
  /// @param wholeWordsFirst a word that is a piece is that piece, whatever the merges say
  /// @param byteFallback an unknown character becomes its UTF-8 bytes, pieces like `<0x0A>`
  /// @param unknownId for what nothing stands for; -1: it is left out
  /// @param fuseUnknown unknown neighbours become one unknown
  /// @param insidePrefix before every character of a word but the first; mostly empty
  /// @param endSuffix behind the last character of a word; mostly empty
  public record Settings(
      boolean byteLevel,
      boolean wholeWordsFirst,
      boolean byteFallback,
      int unknownId,
      boolean fuseUnknown,
      String insidePrefix,
      String endSuffix) {
    public static Settings bytes(boolean wholeWordsFirst) {
      return new Settings(true, wholeWordsFirst, false, -1, false, "", "");
    }

    public static Settings characters(boolean byteFallback, int unknownId) {
      return new Settings(false, false, byteFallback, unknownId, true, "", "");
    }
  }

  // Up to here a scan for the lowest rank is faster than a heap.
  private static final int SCANNED_SYMBOLS = 32;
  private static final int NO_ID = -1;

  private final Map<String, Integer> vocabulary;
  private final Settings settings;
  private final Merges merges;
  private final int[] idOfByte = new int[256];
  private final int[] fallbackOfByte = new int[256];

  private Bpe(Map<String, Integer> vocabulary, Settings settings, Merges merges) {
    this.vocabulary = vocabulary;
    this.settings = settings;
    this.merges = merges;
    for (int value = 0; value < 256; value++) {
      idOfByte[value] = id(String.valueOf(ByteAlphabet.character(value)));
      fallbackOfByte[value] = id(String.format("<0x%02X>", value));
    }
  }

  /// @param vocabulary spelled pieces with ids below `size`
  /// @throws IllegalArgumentException if a merge names a piece that has no id
  public static Bpe ofMerges(
      Map<String, Integer> vocabulary, int size, List<Merge> merges, Settings settings) {
    return new Bpe(vocabulary, settings, Merges.listed(vocabulary, size, merges));
  }

  /// Two neighbours merge if their concatenation is one of `pieces`.
  ///
  /// @param vocabulary all that has an id, byte pieces too; `pieces` are those that text can become
  /// @param rankOfId lower merges first; by id
  public static Bpe ofRanks(
      Map<String, Integer> vocabulary,
      Map<String, Integer> pieces,
      int[] rankOfId,
      Settings settings) {
    return new Bpe(vocabulary, settings, Merges.ranked(pieces, rankOfId.length, rankOfId));
  }

  @Override
  public void segment(String word, IdList ids) {
    if (word.isEmpty()) {
      return;
    }
    if (settings.wholeWordsFirst()) {
      int whole = id(settings.byteLevel() ? ByteAlphabet.spell(word) : word);
      if (whole != NO_ID) {
        ids.add(whole);
        return;
      }
    }
    int[] symbols = settings.byteLevel() ? bytesOf(word) : charactersOf(word);
    int count =
        symbols.length <= SCANNED_SYMBOLS
            ? Merging.scanning(symbols, merges.byPair)
            : Merging.withHeap(symbols, merges.byPair);
    boolean unknownBefore = false;
    for (int i = 0; i < count; i++) {
      unknownBefore = emit(symbols[i], unknownBefore, ids);
    }
  }

  private int[] bytesOf(String word) {
    byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
    int[] symbols = new int[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      int value = bytes[i] & 0xFF;
      symbols[i] =
          idOfByte[value] != NO_ID ? idOfByte[value] : symbolOf(ByteAlphabet.character(value));
    }
    return symbols;
  }

  private int[] charactersOf(String word) {
    int[] symbols = new int[word.codePointCount(0, word.length())];
    boolean plain = settings.insidePrefix().isEmpty() && settings.endSuffix().isEmpty();
    int count = 0;
    for (int i = 0; i < word.length(); ) {
      int codePoint = word.codePointAt(i);
      int next = i + Character.charCount(codePoint);
      if (plain) {
        symbols[count] = symbolOf(codePoint);
      } else {
        String spelled =
            (i == 0 ? "" : settings.insidePrefix())
                + Character.toString(codePoint)
                + (next == word.length() ? settings.endSuffix() : "");
        int id = id(spelled);
        symbols[count] = id == NO_ID ? ~codePoint : id;
      }
      count++;
      i = next;
    }
    return symbols;
  }

  /// @return an id, an atom, or the complement of a code point for which there is neither
  private int symbolOf(int codePoint) {
    int id = id(Character.toString(codePoint));
    if (id != NO_ID) {
      return id;
    }
    Integer atom = merges.atomOfCodePoint.get(codePoint);
    return atom == null ? ~codePoint : atom;
  }

  /// @return whether what was appended is the unknown id
  private boolean emit(int symbol, boolean unknownBefore, IdList ids) {
    if (symbol >= 0 && symbol < merges.vocabularySize) {
      ids.add(symbol);
      return false;
    }
    int codePoint =
        symbol < 0 ? ~symbol : merges.codePointOfAtom.get(symbol - merges.vocabularySize);
    if (settings.byteFallback() && addBytes(codePoint, ids)) {
      return false;
    }
    if (settings.unknownId() >= 0 && !(unknownBefore && settings.fuseUnknown())) {
      ids.add(settings.unknownId());
    }
    return settings.unknownId() >= 0;
  }

  private boolean addBytes(int codePoint, IdList ids) {
    byte[] bytes = Character.toString(codePoint).getBytes(StandardCharsets.UTF_8);
    for (byte each : bytes) {
      if (fallbackOfByte[each & 0xFF] == NO_ID) {
        return false;
      }
    }
    for (byte each : bytes) {
      ids.add(fallbackOfByte[each & 0xFF]);
    }
    return true;
  }

  private int id(String piece) {
    @Nullable Integer id = vocabulary.get(piece);
    return id == null ? NO_ID : id;
  }
}
