/// `/v1/models`, and what a model name in a request stands for.
@NullMarked
package engram.api.openai.models;

import org.jspecify.annotations.NullMarked;
