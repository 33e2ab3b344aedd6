/// `/v1/vector_stores`: collections, their documents, and search. Does not ingest: a document that
/// is attached here is queued, and its status says how far it has come.
@NullMarked
package engram.api.openai.vectorstores;

import org.jspecify.annotations.NullMarked;
