/// Episodes: where sessions are cut, the ways to find those places, and the bank of what was cut,
/// which follows the log and holds positions and times, no text.
@NullMarked
package engram.memory.episode;

import org.jspecify.annotations.NullMarked;
