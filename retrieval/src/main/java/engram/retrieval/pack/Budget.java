package engram.retrieval.pack;

import java.util.List;
import java.util.function.BiFunction;
import java.util.function.ToIntFunction;

/// How much may be shown, and how it is measured.
///
/// @param tokens at least 1
/// @param tokenCount counts the tokens of a text as the model that reads it does
/// @param shown a passage as it is shown at a position, numbered from 1: its text and whatever
///   stands around it
public record Budget(
    int tokens, ToIntFunction<String> tokenCount, BiFunction<Integer, Passage, String> shown) {
  public Budget {
    if (tokens < 1) {
      throw new IllegalArgumentException("budgetTokens " + tokens + " < 1");
    }
  }

  /// Of texts with nothing around them.
  public static Budget ofTexts(int tokens, ToIntFunction<String> tokenCount) {
    return new Budget(tokens, tokenCount, (number, passage) -> passage.text());
  }

  /// What one passage costs by itself; its number is not known before all are chosen, so two digits
  /// are paid for.
  int cost(Passage passage) {
    return tokenCount.applyAsInt(shown.apply(10, passage));
  }

  /// What all cost as they stand, which need not be the sum: tokens may join or part where two
  /// texts meet.
  int cost(List<Passage> passages) {
    StringBuilder all = new StringBuilder();
    for (int index = 0; index < passages.size(); index++) {
      all.append(shown.apply(index + 1, passages.get(index)));
    }
    return all.isEmpty() ? 0 : tokenCount.applyAsInt(all.toString());
  }
}
