/// The Lucene index of this process: what a chunk looks like in it, how permissions and filters are
/// asked of it, and how changes come into it from the outbox.
///
/// It holds what can be found by, never what is shown: spans, pages and file names move without the
/// text changing and are read from PostgreSQL. It ranks nothing; `engram.retrieval.search` does.
@NullMarked
package engram.retrieval.index;

import org.jspecify.annotations.NullMarked;
