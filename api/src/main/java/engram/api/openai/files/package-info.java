/// `/v1/files` and `/v1/uploads`: originals in and out. Knows nothing of collections.
@NullMarked
package engram.api.openai.files;

import org.jspecify.annotations.NullMarked;
