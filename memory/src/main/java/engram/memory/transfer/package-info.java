/// Memories as a file, and back. It writes through the log and the facts like everybody else, so
/// what comes in is checked as what is said is.
@NullMarked
package engram.memory.transfer;

import org.jspecify.annotations.NullMarked;
