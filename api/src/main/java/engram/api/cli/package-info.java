/// Commands of the jar that talk to a running server over HTTP, as any client would: the demo, the
/// rebuilding of the index, and evaluations, which read their files by the door of the evaluation
/// room. Else they know no room.
@NullMarked
package engram.api.cli;

import org.jspecify.annotations.NullMarked;
