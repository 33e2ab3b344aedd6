package engram.retrieval.ingest;

import engram.retrieval.Span;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What has to change so that a document's stored chunks become its new ones.
///
/// Chunks of equal content are matched in order, so a repeated paragraph costs nothing either. A
/// match keeps its row, and with it its id, its vector and its index entry.
///
/// @param kept stored chunks that go on, at the places of `pieces`
/// @param added positions in the new list that have no stored chunk
/// @param removed ids of stored chunks that have no place any more
record ChunkDiff(List<Kept> kept, List<Integer> added, List<Long> removed) {

  /// A chunk as it is stored now.
  ///
  /// @param place where it stands; when it differs the row is updated, and nothing is indexed
  /// @param embeddingModel null without a vector
  record StoredChunk(long id, String contentHash, Place place, @Nullable String embeddingModel) {}

  /// What of a chunk may change without its content changing.
  ///
  /// @param parent null where it is not known
  /// @param gap as [Piece#gap]; null also where it is not known
  record Place(
      int ordinal,
      int start,
      int end,
      int pageFrom,
      int pageTo,
      String boxes,
      @Nullable Span parent,
      @Nullable String gap) {}

  record Kept(StoredChunk chunk, int position) {}

  ChunkDiff {
    kept = List.copyOf(kept);
    added = List.copyOf(added);
    removed = List.copyOf(removed);
  }

  /// @param stored in order
  /// @param hashes of the new chunks, in order
  static ChunkDiff between(List<StoredChunk> stored, List<byte[]> hashes) {
    Map<String, Deque<StoredChunk>> byHash = new HashMap<>();
    for (StoredChunk chunk : stored) {
      byHash.computeIfAbsent(chunk.contentHash(), hash -> new ArrayDeque<>()).add(chunk);
    }
    List<Kept> kept = new ArrayList<>();
    List<Integer> added = new ArrayList<>();
    for (int position = 0; position < hashes.size(); position++) {
      Deque<StoredChunk> equal = byHash.get(hex(hashes.get(position)));
      StoredChunk match = equal == null ? null : equal.poll();
      if (match == null) {
        added.add(position);
      } else {
        kept.add(new Kept(match, position));
      }
    }
    List<Long> removed =
        byHash.values().stream().flatMap(Collection::stream).map(StoredChunk::id).sorted().toList();
    return new ChunkDiff(kept, added, removed);
  }

  static String hex(byte[] hash) {
    return HexFormat.of().formatHex(hash);
  }
}
