/// The compressed bank: what is said of episodes, topics and people, and what of it is kept. It
/// reads the log and the episodes and changes neither.
@NullMarked
package engram.memory.level;

import org.jspecify.annotations.NullMarked;
