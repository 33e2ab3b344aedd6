package engram.retrieval.chunk;

import engram.retrieval.parse.Extraction;
import java.util.List;

/// Cuts an extraction into chunks.
///
/// Always holds: chunks are in text order by start, and by end; no chunk begins or ends inside a
/// surrogate pair; every block with text is covered; none has more than the chunker's `maxTokens`.
/// A chunk's parent is around it and ends where chunks end. The same extraction gives the same
/// chunks, in a time that grows about as its text does.
///
/// Threads: safe for use by many.
public interface Chunker {
  List<Chunk> chunk(Extraction extraction);
}
