/// The room's settings, and the one class that wires its insides.
@NullMarked
package engram.memory.config;

import org.jspecify.annotations.NullMarked;
