/// `/v1/completions`: a model of this process goes on with a text as it is, without a chat
/// template.
@NullMarked
package engram.api.openai.completions;

import org.jspecify.annotations.NullMarked;
