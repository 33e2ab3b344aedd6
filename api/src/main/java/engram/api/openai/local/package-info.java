/// What a request in OpenAI's words asks of a model of this process, and what the model says, for
/// every endpoint that can ask one. The endpoints give it their shapes.
@NullMarked
package engram.api.openai.local;

import org.jspecify.annotations.NullMarked;
