package engram.inference.tokenizer.split;

import java.util.List;

/// Cuts a text into words.
///
/// Always holds: words come in the order of the text and none is empty. Threads: any; splitters
/// have no state.
public interface Splitter {
  /// Takes the words one by one; each is `text[start, end)`, and `text` need not be the one that
  /// was split, as some splitters write spaces in another way.
  interface Words {
    void word(String text, int start, int end);
  }

  /// @param start half-open `[start, end)` with `end`, UTF-16 units, on borders of characters
  /// @param first whether `start` is the beginning of all that is encoded
  void split(String text, int start, int end, boolean first, Words words);

  /// The text as one word.
  static Splitter none() {
    return (text, start, end, first, words) -> {
      if (start < end) {
        words.word(text, start, end);
      }
    };
  }

  /// Each splits the words of the one before.
  static Splitter chain(List<Splitter> splitters) {
    if (splitters.isEmpty()) {
      return none();
    }
    Splitter head = splitters.getFirst();
    if (splitters.size() == 1) {
      return head;
    }
    Splitter tail = chain(splitters.subList(1, splitters.size()));
    return (text, start, end, first, words) ->
        head.split(
            text,
            start,
            end,
            first,
            (word, from, to) ->
                tail.split(word, from, to, first && from == startOf(word, text, start), words));
  }

  /// Where the first word begins: a rewritten text begins at its own beginning.
  @SuppressWarnings(
      "ReferenceEquality") // the same text, not an equal one: comparing would be quadratic
  private static int startOf(String word, String text, int start) {
    return word == text ? start : 0;
  }
}
