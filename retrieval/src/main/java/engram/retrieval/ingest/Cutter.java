package engram.retrieval.ingest;

import engram.retrieval.Chunking;
import engram.retrieval.parse.Extraction;
import java.util.List;

/// Cuts a text into pieces, in order. Equal input gives equal output.
@FunctionalInterface
public interface Cutter {
  List<Piece> cut(Extraction extraction, Chunking chunking);
}
