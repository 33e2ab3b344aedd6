/// Attention over pages: for several sequences in one call, over all pages or chosen ones, and what
/// it saw.
///
/// [Attention] shares out the work, merges parts and can say afterwards how much attention each
/// cached entry got, without ever holding a matrix of queries by keys. Which pages a query should
/// see is a pattern's to say; how a score is computed is `kernel`'s.
@NullMarked
package engram.inference.attention;

import org.jspecify.annotations.NullMarked;
