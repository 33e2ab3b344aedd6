package engram.api.openai;

import engram.retrieval.Answer;

/// What an answer costs a key's budget: the tokens that a model read and wrote. What no model was
/// asked for is free.
public final class TokenCosts {
  private TokenCosts() {}

  public static long of(Answer answer) {
    return switch (answer) {
      case Answer.Generated generated ->
          generated.usage().promptTokens() + generated.usage().answerTokens();
      case Answer.Extractive ignored -> 0;
      case Answer.Unsupported refused ->
          refused.usage().promptTokens() + refused.usage().answerTokens();
    };
  }
}
