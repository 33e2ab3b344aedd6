package engram.api.openai.local;

import engram.inference.chat.ToolCall;
import java.util.List;

/// Told of what a model says, as it says it.
public interface LocalListener {
  LocalListener SILENT = new LocalListener() {};

  /// @param text may be empty where only scores came
  /// @param scores of the tokens that the text came with; empty where they were not asked for
  default void text(String text, List<ScoredToken> scores) {}

  default void call(ToolCall call) {}
}
