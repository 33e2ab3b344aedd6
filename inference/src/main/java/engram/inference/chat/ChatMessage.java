package engram.inference.chat;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One message of a dialogue.
///
/// @param role system, user, assistant or tool; templates may know others
/// @param calls that an assistant asked for
/// @param callId of the call whose result a tool's message is
/// @param name of the tool whose result it is
public record ChatMessage(
    String role,
    String content,
    List<ToolCall> calls,
    @Nullable String callId,
    @Nullable String name) {
  public ChatMessage {
    calls = List.copyOf(calls);
  }

  public static ChatMessage system(String content) {
    return new ChatMessage("system", content, List.of(), null, null);
  }

  public static ChatMessage user(String content) {
    return new ChatMessage("user", content, List.of(), null, null);
  }

  public static ChatMessage assistant(String content) {
    return new ChatMessage("assistant", content, List.of(), null, null);
  }

  public static ChatMessage calling(String content, List<ToolCall> calls) {
    return new ChatMessage("assistant", content, calls, null, null);
  }

  public static ChatMessage result(String callId, String name, String content) {
    return new ChatMessage("tool", content, List.of(), callId, name);
  }
}
