package engram.inference.tokenizer.split;

import engram.inference.tokenizer.segment.IdList;
import java.util.regex.Pattern;

/// Splits at the matches of a regular expression.
///
/// @param inverted matches are what lies between the expression's matches
public record ExpressionSplitter(Pattern pattern, Behaviour behaviour, boolean inverted)
    implements Splitter {
  /// Every match and all that lies between are words.
  public static ExpressionSplitter isolating(String expression) {
    return new ExpressionSplitter(Expressions.compile(expression), Behaviour.ISOLATED, false);
  }

  @Override
  public void split(String text, int start, int end, boolean first, Words words) {
    // The word alone: looking ahead and behind must not see its neighbours.
    String word = text.substring(start, end);
    IdList spans = new IdList(48);
    BoundedMatching.forEach(
        pattern,
        word,
        (from, to) -> {
          int between = spans.size() == 0 ? start : spans.get(spans.size() - 2);
          CharacterSplitter.add(spans, between, start + from, inverted ? 1 : 0);
          CharacterSplitter.add(spans, start + from, start + to, inverted ? 0 : 1);
        });
    int between = spans.size() == 0 ? start : spans.get(spans.size() - 2);
    CharacterSplitter.add(spans, between, end, inverted ? 1 : 0);
    behaviour.emit(text, spans, words);
  }
}
