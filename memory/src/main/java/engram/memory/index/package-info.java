/// The Lucene index over events: words, people, times and places in their sessions. It is derived
/// state and knows nothing of how scores are made of it.
@NullMarked
package engram.memory.index;

import org.jspecify.annotations.NullMarked;
