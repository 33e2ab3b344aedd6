/// The event log on the database. It knows nothing of what is derived from it.
@NullMarked
package engram.memory.log;

import org.jspecify.annotations.NullMarked;
