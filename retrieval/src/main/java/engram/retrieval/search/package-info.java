/// From a question to a page of hits: parsing, the lexical and the vector list, rows, highlights,
/// explanations.
///
/// It never decides who may read what after ranking: permissions are part of every query that it
/// sends to the index. It writes nothing.
@NullMarked
package engram.retrieval.search;

import org.jspecify.annotations.NullMarked;
