package engram.inference.tokenizer.split;

import engram.inference.tokenizer.segment.IdList;

/// What becomes of the places where a splitter's pattern matches, as tokenizer.json names it.
public enum Behaviour {
  REMOVED,
  ISOLATED,
  MERGED_WITH_PREVIOUS,
  MERGED_WITH_NEXT,
  CONTIGUOUS;

  /// @param spans triples: start, end, and 1 for a match or 0 for what lies between; together they
  ///   cover the text, and some may be empty
  void emit(String text, IdList spans, Splitter.Words words) {
    int count = spans.size() / 3;
    int start = -1;
    boolean before = false;
    for (int i = 0; i < count; i++) {
      boolean match = spans.get(3 * i + 2) == 1;
      if (start >= 0 && !joins(before, match)) {
        emit(text, start, spans.get(3 * i), words);
        start = -1;
      }
      if (this == REMOVED && match) {
        continue;
      }
      if (start < 0) {
        start = spans.get(3 * i);
      }
      before = match;
    }
    if (start >= 0) {
      emit(text, start, spans.get(3 * count - 2), words);
    }
  }

  private boolean joins(boolean before, boolean match) {
    return switch (this) {
      case REMOVED, ISOLATED -> false;
      case MERGED_WITH_PREVIOUS -> match && !before;
      case MERGED_WITH_NEXT -> before && !match;
      case CONTIGUOUS -> before == match;
    };
  }

  private static void emit(String text, int start, int end, Splitter.Words words) {
    if (start < end) {
      words.word(text, start, end);
    }
  }
}
