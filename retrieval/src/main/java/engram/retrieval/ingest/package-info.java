/// The way of a document from bytes to chunks and outbox: claim, parse, chunk, embed, store.
///
/// It knows nothing of permissions (who may put a file where was decided before), nothing of the
/// formats of files, and it does not touch the index: what it stores reaches searches through the
/// outbox.
@NullMarked
package engram.retrieval.ingest;

import org.jspecify.annotations.NullMarked;
