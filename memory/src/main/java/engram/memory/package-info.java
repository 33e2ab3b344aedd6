/// Memory: what happened, what is true now and what was believed then, and forgetting with proof.
///
/// This package is the room's door. The room keeps an event log, and derives from it episodes,
/// bi-temporal facts and compressed levels. It does not know HTTP, API keys, or which model
/// summarises: it names what it needs as small interfaces.
@NullMarked
package engram.memory;

import org.jspecify.annotations.NullMarked;
