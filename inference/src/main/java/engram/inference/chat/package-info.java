/// Chat: from messages to the prompt that a model was trained on, and from what it writes back to
/// text and tool calls.
///
/// [ChatTemplate] renders a model's own template; [ToolCallReader] finds calls in a stream of text,
/// in the form of the model's family. Tokens, models and HTTP are not known here.
@NullMarked
package engram.inference.chat;

import org.jspecify.annotations.NullMarked;
