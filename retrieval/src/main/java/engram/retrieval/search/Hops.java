package engram.retrieval.search;

import engram.retrieval.search.Ranker.Scored;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;

/// Hop after hop from the best hits, until nothing new comes or the number that was asked for is
/// reached. A hit is followed once.
///
/// @param count at most
/// @param places follows the names of a hit in the collection that it stands in
record Hops(int count, IntFunction<SecondHop> places, SecondHop.Rows rows) {
  private static final Comparator<Scored> BEST_FIRST =
      Comparator.comparingDouble((Scored scored) -> -scored.score())
          .thenComparingLong(scored -> scored.candidate().chunkId());

  /// @param own hits by words and vectors alone, best first
  List<Scored> from(List<Scored> own) throws IOException {
    Map<Long, Scored> standing = new LinkedHashMap<>();
    own.forEach(scored -> standing.put(scored.candidate().chunkId(), scored));
    Set<Long> followed = new HashSet<>();
    List<Scored> ranked = own;
    for (int hop = 1; hop <= count; hop++) {
      List<Scored> next =
          ranked.stream()
              .limit(SecondHop.FROM)
              .filter(scored -> followed.add(scored.candidate().chunkId()))
              .toList();
      boolean further = false;
      for (SecondHop.Reached reached : reached(next, ranked, hop)) {
        further |= better(standing, reached);
      }
      if (!further) {
        return ranked;
      }
      ranked = standing.values().stream().sorted(BEST_FIRST).toList();
    }
    return ranked;
  }

  private List<SecondHop.Reached> reached(List<Scored> hits, List<Scored> ranked, int hop)
      throws IOException {
    Map<Long, ChunkRow> texts = rows.of(hits.stream().map(Scored::candidate).toList());
    List<SecondHop.Reached> reached = new ArrayList<>();
    for (Scored hit : hits) {
      ChunkRow text = texts.get(hit.candidate().chunkId());
      if (text != null) {
        SecondHop second = places.apply(hit.candidate().place());
        reached.addAll(second.from(hit, text, ranked.getFirst().score(), hop));
      }
    }
    return reached;
  }

  /// Keeps the better of two ways to one chunk.
  private static boolean better(Map<Long, Scored> standing, SecondHop.Reached reached) {
    long chunk = reached.candidate().chunkId();
    Scored known = standing.get(chunk);
    Scored with =
        known == null
            ? new Scored(reached.candidate(), 0, null, reached.bridge())
            : new Scored(known.candidate(), known.own(), known.parts(), reached.bridge());
    if (known != null && !(with.score() > known.score())) {
      return false;
    }
    standing.put(chunk, with);
    return true;
  }
}
