/// `/api/memory`: the event log, recall, facts and forgetting over HTTP. Requests are read
/// strictly, as in the rest of `/api`. Whose memories a key may touch is decided in
/// [engram.api.memory.MemoryPlace]; what of them it sees is the memory room's and the database's.
@NullMarked
package engram.api.memory;

import org.jspecify.annotations.NullMarked;
