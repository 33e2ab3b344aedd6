/// Commands of the jar that talk to a running server over HTTP, as any client would: the demo and
/// the rebuilding of the index. They know no room.
@NullMarked
package engram.api.cli;

import org.jspecify.annotations.NullMarked;
