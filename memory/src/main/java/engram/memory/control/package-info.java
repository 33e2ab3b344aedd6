/// What people say about memories: pins, how long they are kept, and who read and wrote them. It
/// does not erase by itself; that is [engram.memory.forget].
@NullMarked
package engram.memory.control;

import org.jspecify.annotations.NullMarked;
