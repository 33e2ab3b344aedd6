package engram.inference.tokenizer;

import engram.inference.tokenizer.segment.IdList;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where special tokens go around one text, and around two.
///
/// @param single parts for one text
/// @param pair parts for two
record Template(List<Part> single, List<Part> pair) {
  static final Template PLAIN = new Template(List.of(Part.FIRST), List.of(Part.FIRST, Part.SECOND));

  Template {
    single = List.copyOf(single);
    pair = List.copyOf(pair);
    if (single.stream().filter(part -> part.id < 0).count() != 1
        || pair.stream().filter(part -> part.id == Part.FIRST_TEXT).count() != 1
        || pair.stream().filter(part -> part.id == Part.SECOND_TEXT).count() != 1) {
      throw new TokenizerFileException("a template must have each text exactly once");
    }
  }

  /// One part: a token, or a text.
  ///
  /// @param id of a token, or -1 for the first text and -2 for the second
  /// @param type the token type (segment) of what stands here
  record Part(int id, int type) {
    static final int FIRST_TEXT = -1;
    static final int SECOND_TEXT = -2;
    static final Part FIRST = new Part(FIRST_TEXT, 0);
    static final Part SECOND = new Part(SECOND_TEXT, 0);
  }

  /// Tokens before and behind a text; -1 for none.
  static Template around(int before, int behind) {
    List<Part> first = new ArrayList<>();
    if (before >= 0) {
      first.add(new Part(before, 0));
    }
    first.add(Part.FIRST);
    if (behind >= 0) {
      first.add(new Part(behind, 0));
    }
    List<Part> both = new ArrayList<>(first);
    first.forEach(part -> both.add(part.id == Part.FIRST_TEXT ? Part.SECOND : part));
    return new Template(first, both);
  }

  /// BERT: `[CLS] A [SEP]` and `[CLS] A [SEP] B [SEP]`, the latter half of type 1.
  static Template bert(int cls, int sep) {
    return new Template(
        List.of(new Part(cls, 0), Part.FIRST, new Part(sep, 0)),
        List.of(
            new Part(cls, 0),
            Part.FIRST,
            new Part(sep, 0),
            new Part(Part.SECOND_TEXT, 1),
            new Part(sep, 1)));
  }

  /// RoBERTa: `<s> A </s>` and `<s> A </s> </s> B </s>`, all of type 0.
  static Template roberta(int cls, int sep) {
    Part end = new Part(sep, 0);
    return new Template(
        List.of(new Part(cls, 0), Part.FIRST, end),
        List.of(new Part(cls, 0), Part.FIRST, end, end, Part.SECOND, end));
  }

  int specialTokens(boolean ofPair) {
    return (int) (ofPair ? pair : single).stream().filter(part -> part.id >= 0).count();
  }

  Tokenizer.Encoding apply(int[] first, int @Nullable [] second) {
    IdList ids = new IdList(first.length + 8);
    IdList types = new IdList(first.length + 8);
    for (Part part : second == null ? single : pair) {
      int[] piece =
          switch (part.id) {
            case Part.FIRST_TEXT -> first;
            case Part.SECOND_TEXT -> second == null ? new int[0] : second;
            default -> new int[] {part.id};
          };
      ids.addAll(piece);
      for (int i = 0; i < piece.length; i++) {
        types.add(part.type);
      }
    }
    return new Tokenizer.Encoding(ids.toArray(), types.toArray());
  }
}
