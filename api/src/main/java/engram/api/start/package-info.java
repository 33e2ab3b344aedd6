/// Why the server did not start, for the person who started it: one sentence on standard error, and
/// nothing of the frameworks' before it. What nobody foresaw keeps its stack trace.
@NullMarked
package engram.api.start;

import org.jspecify.annotations.NullMarked;
