/// The retrieval room's wiring: its settings and the one auto-configuration that knows all of its
/// insides.
///
/// Nothing in the room imports this package; it holds no behaviour and no defaults of other rooms.
@NullMarked
package engram.retrieval.config;

import org.jspecify.annotations.NullMarked;
