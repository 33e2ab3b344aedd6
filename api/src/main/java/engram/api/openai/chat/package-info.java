/// `/v1/chat/completions`: answers from documents, or the configured chat model as it is. Keeps no
/// conversation: every request brings its own.
@NullMarked
package engram.api.openai.chat;

import org.jspecify.annotations.NullMarked;
