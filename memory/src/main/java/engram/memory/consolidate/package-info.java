/// Finding events that say what others say, and what follows from that. It never changes or removes
/// an event.
@NullMarked
package engram.memory.consolidate;

import org.jspecify.annotations.NullMarked;
