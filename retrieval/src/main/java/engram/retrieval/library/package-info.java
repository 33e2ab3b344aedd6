/// Files, uploads, collections, documents and their deletion: the system of record of the room, on
/// PostgreSQL for rows and in the data folder for originals.
///
/// It decides who may see and change what. It deliberately does not parse, chunk or embed (that is
/// `ingest`), and it knows of the index only how far it has come and whether a document is in it.
@NullMarked
package engram.retrieval.library;

import org.jspecify.annotations.NullMarked;
