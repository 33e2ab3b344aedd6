/// `/v1/responses`: as chat, with conversations kept on the server. Runs nothing in the background.
@NullMarked
package engram.api.openai.responses;

import org.jspecify.annotations.NullMarked;
