/// Episodes: where sessions are cut, and the ways to find those places. Derived from the log by
/// rule, so nothing of them is kept.
@NullMarked
package engram.memory.episode;

import org.jspecify.annotations.NullMarked;
