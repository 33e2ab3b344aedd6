/// Memory: what happened, what is true now and what was believed then, and forgetting with proof.
///
/// This package is the room's door. The room keeps an event log ([EventLog]), and derives from it
/// what is recalled and bi-temporal facts. It does not know HTTP, API keys, or which model
/// summarises: it names what it needs as small interfaces.
///
/// Every call names a [MemoryScope]. There is no call without one and no default, and the database
/// itself shows no row outside of it.
@NullMarked
package engram.memory;

import org.jspecify.annotations.NullMarked;
