/// Reads conversations in the formats that others write, one event at a time, and brings them into
/// the log. It invents nothing: what has no time is refused.
@NullMarked
package engram.memory.read;

import org.jspecify.annotations.NullMarked;
