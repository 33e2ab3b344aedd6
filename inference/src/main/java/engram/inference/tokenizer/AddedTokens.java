package engram.inference.tokenizer;

import engram.inference.tokenizer.segment.Trie;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Finds added tokens in a text: leftmost first, of several that begin at one place the longest.
///
/// A text of n characters takes n times the longest token's length at worst, and n as a rule, as
/// few characters begin a token.
final class AddedTokens {
  /// Takes a text's parts in order; `token` is null for what lies between tokens.
  interface Parts {
    void part(int start, int end, @org.jspecify.annotations.Nullable AddedToken token);
  }

  private final Map<Integer, AddedToken> byId = new HashMap<>();
  private final Trie all;
  private final Trie plain;
  private final boolean[] begins = new boolean[128];
  private boolean beginsBeyondAscii;

  /// @param contents what is looked for, of each token; differs from its content where that is
  ///   normalised
  AddedTokens(List<AddedToken> tokens, List<String> contents) {
    int units = contents.stream().mapToInt(String::length).sum();
    all = new Trie(units);
    plain = new Trie(units);
    for (int i = 0; i < tokens.size(); i++) {
      AddedToken token = tokens.get(i);
      String content = contents.get(i);
      if (content.isEmpty()) {
        continue;
      }
      byId.put(token.id(), token);
      all.put(content, token.id());
      if (!token.special()) {
        plain.put(content, token.id());
      }
      char unit = content.charAt(0);
      if (unit < begins.length) {
        begins[unit] = true;
      } else {
        beginsBeyondAscii = true;
      }
    }
  }

  boolean isEmpty() {
    return byId.isEmpty();
  }

  void split(String text, boolean special, Parts parts) {
    Trie tokens = special ? all : plain;
    int between = 0;
    for (int i = 0; i < text.length(); ) {
      char unit = text.charAt(i);
      if (unit < begins.length ? !begins[unit] : !beginsBeyondAscii) {
        i++;
        continue;
      }
      long match = longest(tokens, text, i);
      AddedToken token = match < 0 ? null : byId.get((int) match);
      int end = i + (int) (match >>> 32);
      if (token == null) {
        i++;
        continue;
      }
      if (token.singleWord() && !standsAlone(text, i, end)) {
        i = end;
        continue;
      }
      int start = i;
      while (token.leftStrip() && start > between && isSpace(text.charAt(start - 1))) {
        start--;
      }
      while (token.rightStrip() && end < text.length() && isSpace(text.charAt(end))) {
        end++;
      }
      if (between < start) {
        parts.part(between, start, null);
      }
      parts.part(start, end, token);
      between = end;
      i = end;
    }
    if (between < text.length()) {
      parts.part(between, text.length(), null);
    }
  }

  /// @return how long the longest token is, above its id; -1 if there is none
  private static long longest(Trie tokens, String text, int start) {
    long found = -1;
    int node = Trie.ROOT;
    for (int i = start; i < text.length(); i++) {
      node = tokens.child(node, text.charAt(i));
      if (node == Trie.NONE) {
        break;
      }
      if (tokens.id(node) != Trie.NONE) {
        found = (long) (i + 1 - start) << 32 | tokens.id(node);
      }
    }
    return found;
  }

  private static boolean standsAlone(String text, int start, int end) {
    return (start == 0 || !isWord(text.codePointBefore(start)))
        && (end == text.length() || !isWord(text.codePointAt(end)));
  }

  private static boolean isWord(int codePoint) {
    return Character.isLetterOrDigit(codePoint)
        || codePoint == '_'
        || switch (Character.getType(codePoint)) {
          case Character.NON_SPACING_MARK,
              Character.COMBINING_SPACING_MARK,
              Character.ENCLOSING_MARK,
              Character.CONNECTOR_PUNCTUATION,
              Character.LETTER_NUMBER ->
              true;
          default -> false;
        };
  }

  private static boolean isSpace(char unit) {
    return Character.isWhitespace(unit) || Character.isSpaceChar(unit) || unit == 0x85;
  }
}
