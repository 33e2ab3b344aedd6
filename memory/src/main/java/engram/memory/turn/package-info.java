/// Turns of a conversation: recall before the answer, and keeping it once afterwards. It does not
/// know who answers, or how what was recalled is shown to them; that is
/// [engram.memory.MemoryNotes].
@NullMarked
package engram.memory.turn;

import org.jspecify.annotations.NullMarked;
