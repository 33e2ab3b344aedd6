/// Server-sent events over one blocking response. Knows nothing of what the events mean.
@NullMarked
package engram.api.sse;

import org.jspecify.annotations.NullMarked;
