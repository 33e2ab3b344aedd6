package engram.retrieval.chunk;

import engram.retrieval.parse.Extraction;
import java.util.List;

/// Cuts an extraction into chunks.
///
/// Always holds: chunks are in text order by start, and by end; no chunk begins or ends inside a
/// surrogate pair; every block with text is covered. The same extraction gives the same chunks.
///
/// Threads: safe for use by many.
public interface Chunker {
  List<Chunk> chunk(Extraction extraction);
}
