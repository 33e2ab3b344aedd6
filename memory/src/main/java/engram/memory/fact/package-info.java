/// Bi-temporal facts: the rule by which they follow from claims ([engram.memory.fact.Timeline]),
/// and the rows that keep both. It knows nothing of who finds claims, or how.
@NullMarked
package engram.memory.fact;

import org.jspecify.annotations.NullMarked;
