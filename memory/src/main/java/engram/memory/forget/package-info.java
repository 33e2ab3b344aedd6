/// Erasure, with receipts, and what stands against it. It knows every table of the room that holds
/// content: a new one must be added to [engram.memory.forget.Erasure].
@NullMarked
package engram.memory.forget;

import org.jspecify.annotations.NullMarked;
