/// Commands of the jar. Most talk to a running server over HTTP, as any client would: the demo, the
/// rebuilding of the index, evaluations (which read their files by the door of the evaluation
/// room), chat. Those that are about model files know the door of the inference room instead, and
/// need no server.
@NullMarked
package engram.api.cli;

import org.jspecify.annotations.NullMarked;
