/// `/v1/embeddings`, through the configured embedding model. Makes no vectors of its own.
@NullMarked
package engram.api.openai.embeddings;

import org.jspecify.annotations.NullMarked;
