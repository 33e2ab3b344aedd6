/// Places for parts of caches outside memory: behind the door [engram.inference.KvTier].
///
/// Bytes only: what they mean is the cache's affair.
@NullMarked
package engram.inference.tier;

import org.jspecify.annotations.NullMarked;
