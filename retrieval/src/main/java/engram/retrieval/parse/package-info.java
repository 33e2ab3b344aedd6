/// Turns files into text with structure: [engram.retrieval.parse.ForkedParser] runs every parser in
/// a child JVM with limits on memory and time, and ends every file as a
/// [engram.retrieval.parse.ParseOutcome].
///
/// It deliberately does not chunk, store, index or fetch anything: it reads one local file and
/// never opens a network connection, resolves an external entity, runs an external program or
/// recognises text in images.
@NullMarked
package engram.retrieval.parse;

import org.jspecify.annotations.NullMarked;
