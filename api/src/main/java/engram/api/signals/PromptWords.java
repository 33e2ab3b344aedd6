package engram.api.signals;

import engram.inference.TextToken;
import engram.retrieval.Span;
import java.util.ArrayList;
import java.util.List;

/// The words of a prompt, each of whole tokens: spans for those who name none. A word takes the
/// blanks before it, as tokens do.
final class PromptWords {
  private PromptWords() {}

  /// In order; where there are more than `max`, neighbours are taken together.
  static List<Span> of(String prompt, List<TextToken> tokens, int max) {
    List<Span> words = new ArrayList<>();
    int start = -1;
    int end = -1;
    for (TextToken token : tokens) {
      if (token.start() == token.end()) {
        continue;
      }
      boolean follows = token.start() == end;
      if (start < 0 || !follows || beginsWord(prompt, start, token.start())) {
        if (start >= 0) {
          words.add(new Span(start, end));
        }
        start = token.start();
      }
      end = token.end();
    }
    if (start >= 0) {
      words.add(new Span(start, end));
    }
    return together(words, max);
  }

  private static boolean beginsWord(String prompt, int wordStart, int at) {
    boolean hasLetters = !prompt.substring(wordStart, at).isBlank();
    return hasLetters
        && (Character.isWhitespace(prompt.charAt(at))
            || Character.isWhitespace(prompt.charAt(at - 1)));
  }

  private static List<Span> together(List<Span> words, int max) {
    int size = (words.size() + max - 1) / max;
    if (size <= 1) {
      return words;
    }
    List<Span> groups = new ArrayList<>();
    for (int from = 0; from < words.size(); from += size) {
      Span last = words.get(Math.min(from + size, words.size()) - 1);
      groups.add(new Span(words.get(from).start(), last.end()));
    }
    return groups;
  }
}
