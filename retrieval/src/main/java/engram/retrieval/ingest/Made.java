package engram.retrieval.ingest;

import engram.retrieval.ingest.ChunkDiff.Kept;
import engram.retrieval.ingest.ChunkDiff.Place;
import engram.retrieval.ingest.Work.Target;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is to become of a document in one build.
sealed interface Made {
  Target target();

  /// These chunks.
  ///
  /// @param vectors by content hash; all that was missing
  /// @param model null without vectors
  /// @param waits whether vectors are to be made later
  /// @param notes for whoever uploaded the document
  record Chunks(
      Target target,
      List<Piece> pieces,
      List<byte[]> hashes,
      ChunkDiff diff,
      Map<String, float[]> vectors,
      @Nullable String model,
      boolean waits,
      List<String> notes)
      implements Made {

    List<Place> places() {
      return diff.kept().stream()
          .map(kept -> Prepared.place(pieces.get(kept.position()), kept.position()))
          .toList();
    }

    /// Vectors for rows that lacked them.
    Map<Long, float[]> embedded() {
      Map<Long, float[]> embedded = new LinkedHashMap<>();
      for (Kept kept : diff.kept()) {
        float[] vector = vectors.get(kept.chunk().contentHash());
        if (vector != null && model != null && !model.equals(kept.chunk().embeddingModel())) {
          embedded.put(kept.chunk().id(), vector);
        }
      }
      return embedded;
    }

    List<Prepared> prepared() {
      return diff.added().stream()
          .map(at -> {
            String hash = ChunkDiff.hex(hashes.get(at));
            return new Prepared(pieces.get(at), at, hash, Prepared.literal(vectors.get(hash)));
          })
          .toList();
    }
  }

  /// None, for a reason that stays.
  record Failed(Target target, String code, String message) implements Made {}

  /// None for now, for a reason that may pass.
  record Later(Target target) implements Made {}
}
