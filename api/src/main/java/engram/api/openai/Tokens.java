package engram.api.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import engram.inference.Usage;
import org.jspecify.annotations.Nullable;

/// What an answer cost, in the words of chat and completions.
///
/// @param promptTokensDetails where it is known
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Tokens(
    long promptTokens,
    long completionTokens,
    long totalTokens,
    @Nullable PromptDetails promptTokensDetails,
    @Nullable CompletionDetails completionTokensDetails) {

  /// @param cachedTokens that the model had read before
  public record PromptDetails(long cachedTokens) {}

  /// @param acceptedPredictionTokens guessed ahead, and right
  /// @param rejectedPredictionTokens guessed ahead in vain; they are not charged
  public record CompletionDetails(long acceptedPredictionTokens, long rejectedPredictionTokens) {}

  public static Tokens of(long prompt, long completion) {
    return new Tokens(prompt, completion, prompt + completion, null, null);
  }

  public static Tokens of(Usage usage) {
    return new Tokens(
        usage.promptTokens(),
        usage.outputTokens(),
        (long) usage.promptTokens() + usage.outputTokens(),
        new PromptDetails(usage.cachedTokens()),
        new CompletionDetails(
            usage.acceptedTokens(), usage.draftedTokens() - usage.acceptedTokens()));
  }
}
