package engram.retrieval.search;

import engram.retrieval.Explanation;
import engram.retrieval.fuse.Fusion;
import engram.retrieval.fuse.ReciprocalRankFusion;
import engram.retrieval.search.Ranker.Leg;
import engram.retrieval.search.Ranker.Place;
import engram.retrieval.search.Ranker.Scored;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.search.IndexSearcher;

/// Why a chunk scores what it does: what each word, or each list, gave, and what led to it.
///
/// @param words the queries' words, for each query in each place
record Explaining(
    Fusion fusion, List<Leg> legs, List<List<LexicalQuery>> words, List<Place> places) {
  Explanation explain(Scored scored) throws IOException {
    SecondHop.Bridge bridge = scored.bridge();
    if (bridge == null && scored.repeated() == 0) {
      return ownExplanation(scored);
    }
    List<Explanation> why = new ArrayList<>();
    if (scored.own() > 0) {
      why.add(ownExplanation(scored));
    }
    double kept = scored.kept();
    if (kept < scored.own()) {
      why.add(
          new Explanation(
              "better hits have its words of the query too", kept - scored.own(), List.of()));
    }
    if (bridge != null) {
      addHops(bridge, kept, bridge.gain(kept), why);
    }
    return new Explanation("own score and what led to it", scored.score(), why);
  }

  /// Every hop in their order. A hop gives what would be missing without it: of the last one's gain
  /// that is what is left when the hit that it begins at stands by its own score alone.
  private static void addHops(
      SecondHop.Bridge bridge, double own, double gain, List<Explanation> why) {
    double last = gain;
    if (bridge.before() != null) {
      double whole = bridge.gain(own);
      last = whole > 0 ? gain * bridge.gainAlone(own) / whole : 0;
      addHops(bridge.before(), own, gain - last, why);
    }
    String from = bridge.from() == null ? "a hit" : "\"" + bridge.from() + "\"";
    String label = "hop " + bridge.hop() + ": " + from + " names \"" + bridge.name() + "\"";
    why.add(new Explanation(label, last, List.of()));
  }

  private Explanation ownExplanation(Scored scored) throws IOException {
    double[] parts = scored.parts();
    List<Explanation> why = new ArrayList<>();
    if (parts != null) {
      String by = fusion.name().equals(ReciprocalRankFusion.NAME) ? ", by rank" : ", by score";
      for (int i = 0; i < parts.length; i++) {
        if (parts[i] > 0) {
          why.add(new Explanation(legs.get(i).label() + by, parts[i], List.of()));
        }
      }
      return new Explanation(fusion.name() + " of lists", scored.own(), why);
    }
    if (legs.getFirst().nearest() != null) {
      return new Explanation("vector similarity, (1 + cosine) / 2", scored.own(), List.of());
    }
    int place = scored.candidate().place();
    LexicalQuery query = words.get(legs.getFirst().query()).get(place);
    IndexSearcher searcher = places.get(place).searcher();
    for (LexicalQuery.Clause clause : query.clauses()) {
      var given = searcher.explain(clause.query(), scored.candidate().luceneDoc());
      if (given.isMatch()) {
        double share = given.getValue().doubleValue() / query.most();
        why.add(new Explanation(clause.label(), share, List.of()));
      }
    }
    return new Explanation("share of the query's words, by BM25", scored.own(), why);
  }
}
