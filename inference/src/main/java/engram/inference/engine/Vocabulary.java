package engram.inference.engine;

import engram.inference.chat.ChatFormat;
import engram.inference.schedule.TextDecoder;
import java.util.Set;

/// A model's tokens and their text.
///
/// Threads: any.
public interface Vocabulary {
  int size();

  /// @param addSpecial whether the tokens go around it that the model expects around a text
  /// @param parseSpecial whether special tokens spelled out in it are those tokens
  int[] encode(String text, boolean addSpecial, boolean parseSpecial);

  /// For one output that is a text of its own, such as a message.
  TextDecoder decoder();

  /// For one output that goes on with a prompt: both together are the text of all tokens.
  TextDecoder decoder(int[] prompt);

  /// What a token stands for in the middle of a text; empty for control tokens.
  byte[] bytes(int token);

  /// Tokens with which the model ends an output.
  Set<Integer> endTokens();

  /// As [#bytes], with special tokens spelled out.
  byte[] spelled(int token);

  /// How dialogues are written.
  ///
  /// @throws IllegalArgumentException if the template that came with it cannot be read
  ChatFormat chat();
}
