/// The memory of what was read: pages of keys and values, who uses them, and what they cost.
///
/// A [PagePool] owns the pages of one format under a [MemoryBudget]; a [KvSequence] is a list of
/// pages for each layer and KV head. Sequences share pages and copy them on writing; heads may keep
/// different entries. A freed page's memory goes back to the system.
///
/// Knows no model, no request and no policy: what to keep is `decode`'s and `schedule`'s to say.
@NullMarked
package engram.inference.cache;

import org.jspecify.annotations.NullMarked;
