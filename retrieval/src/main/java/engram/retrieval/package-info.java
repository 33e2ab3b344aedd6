/// The door of the retrieval room: collections of documents, search over them, and answers that
/// cite them.
///
/// Other rooms import this package only; the packages below it are inside. It knows nothing of
/// HTTP, of API keys or of who schedules its work: callers say what they may read ([Access]) and
/// when a step should run ([Ingestion], [Indexing]).
@NullMarked
package engram.retrieval;

import org.jspecify.annotations.NullMarked;
