package engram.inference;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a generation tells, in order: the prompt's scores if they were asked for, tokens, the end.
public sealed interface GenerationEvent {
  /// Scores of the prompt's tokens from the second on: the first follows nothing.
  record PromptScored(List<TokenScore> scores) implements GenerationEvent {
    public PromptScored {
      scores = List.copyOf(scores);
    }
  }

  /// A final token.
  ///
  /// @param text that became sure with it; may be empty, and may belong to tokens before
  /// @param score where it was asked for
  record Token(int token, String text, @Nullable TokenScore score) implements GenerationEvent {}

  /// The last event.
  ///
  /// @param text that was held back until now
  /// @param message what went wrong; empty where nothing did
  record End(FinishReason reason, String text, Usage usage, String message)
      implements GenerationEvent {}
}
