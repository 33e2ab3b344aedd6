package engram.api.openai.local;

import engram.inference.FinishReason;
import engram.inference.Usage;
import engram.inference.chat.ToolCall;
import java.util.List;

/// What a model of this process said.
///
/// @param text without the calls
/// @param scores of all tokens; empty where they were not asked for
/// @param promptScores of the prompt's tokens from the second on, likewise
public record LocalReply(
    String text,
    List<ToolCall> calls,
    List<ScoredToken> scores,
    List<ScoredToken> promptScores,
    FinishReason reason,
    Usage usage) {
  public LocalReply {
    calls = List.copyOf(calls);
    scores = List.copyOf(scores);
    promptScores = List.copyOf(promptScores);
  }

  /// What of it answers the question: nothing while the model still calls functions.
  public String answer() {
    return calls.isEmpty() ? text : "";
  }

  /// In the words of chat.
  public String finishReason() {
    if (!calls.isEmpty()) {
      return "tool_calls";
    }
    return reason == FinishReason.LENGTH ? "length" : "stop";
  }
}
