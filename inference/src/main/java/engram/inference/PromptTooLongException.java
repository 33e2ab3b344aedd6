package engram.inference;

/// A prompt that leaves no room for an answer in the model's context.
public final class PromptTooLongException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final int promptTokens;
  private final int contextTokens;

  public PromptTooLongException(int promptTokens, int contextTokens) {
    super("the prompt has " + promptTokens + " tokens; the model's context is " + contextTokens);
    this.promptTokens = promptTokens;
    this.contextTokens = contextTokens;
  }

  public int promptTokens() {
    return promptTokens;
  }

  public int contextTokens() {
    return contextTokens;
  }
}
