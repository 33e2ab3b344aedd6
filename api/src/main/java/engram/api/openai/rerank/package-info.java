/// `/v1/rerank`, in the shape that Jina and Cohere gave it, by a cross-encoder of this process.
@NullMarked
package engram.api.openai.rerank;

import org.jspecify.annotations.NullMarked;
