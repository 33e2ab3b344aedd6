/// Judged sets as they are published: BEIR, TREC and CSV. Input is taken to be hostile: bytes,
/// lines and counts have bounds, nothing is parsed as XML, and no name leads out of its folder or
/// archive.
@NullMarked
package engram.eval.read;

import org.jspecify.annotations.NullMarked;
