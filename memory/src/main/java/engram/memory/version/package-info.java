/// Snapshots, what changed since, and the way back. It writes no content: events are hidden and
/// shown, claims are ended and added by [engram.memory.fact].
@NullMarked
package engram.memory.version;

import org.jspecify.annotations.NullMarked;
