package engram.inference;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

/// Arithmetic on the scores of the next token: extension point 7.
///
/// Shapes: scores are `[V]`, natural-logarithmic up to a constant; negative infinity forbids a
/// token.
///
/// Threads: one instance per sequence, called by the engine's thread in the order of the tokens. It
/// must not wait. It sees tokens only once they are final: a draft that is refused is never shown.
public interface LogitsProcessor {
  /// The stable name by which settings and reports call it.
  String name();

  default Set<Signal> needs() {
    return Set.of();
  }

  /// Names of models that read the same tokens in step with the main one. Their vocabulary is the
  /// main model's.
  default List<String> companions() {
    return List.of();
  }

  /// Changes the scores in place.
  ///
  /// @throws IllegalStateException if it leaves no token that may come
  void apply(float[] scores, StepView step);

  /// A token that was chosen; called once for each, after `apply` for its place.
  default void accepted(int token) {}

  /// What a processor may know of its place.
  ///
  /// @param position of the token to come, from 0 at the start of the prompt
  /// @param promptTokens how many of `tokens` are the prompt
  /// @param tokens all before `position`; not to be changed, nor kept
  /// @param companions scores of the companions for the same place, in their order
  @SuppressWarnings("ArrayRecordComponent") // never compared; a copy for each token would cost more
  record StepView(int position, int promptTokens, int[] tokens, List<float[]> companions) {
    public StepView {
      if (position > tokens.length || promptTokens > position) {
        throw new IllegalArgumentException(
            "position "
                + position
                + ", promptTokens "
                + promptTokens
                + ", tokens "
                + tokens.length);
      }
      companions = List.copyOf(companions);
    }

    /// The tokens of the output so far.
    public int[] output() {
      return Arrays.copyOfRange(tokens, promptTokens, position);
    }
  }
}
