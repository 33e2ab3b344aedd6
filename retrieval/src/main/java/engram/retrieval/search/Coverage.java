package engram.retrieval.search;

import engram.retrieval.search.Ranker.Place;
import engram.retrieval.search.Ranker.Scored;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.Weight;

/// Orders the hits of a search with hops so that each brings words of the query that those before
/// it lack: a question that needs several passages asks for several things, and the chunks that
/// rank first by themselves often all speak of the same one.
///
/// Hits are chosen one after the other. A hit's own score is lowered by [#WEIGHT] times the share
/// of its words of the query, each worth what it gives at most, that the chosen ones have; what a
/// bridge adds stays. This is maximal marginal relevance (Carbonell, Goldstein, SIGIR 1998) with
/// the words of the query for likeness, as in explicit diversification (Santos, Macdonald, Ounis,
/// WWW 2010).
///
/// @param words of the query, in each place
record Coverage(List<Place> places, List<LexicalQuery> words) {
  /// Of 0, 0.3, 0.5, 0.7 and 0.9 the best on half of the questions of MuSiQue and HotpotQA: see
  /// docs/methods.md.
  static final double WEIGHT = 0.9;

  private static final Comparator<Waiting> BEST_FIRST =
      Comparator.comparingDouble((Waiting waiting) -> -waiting.hit().score())
          .thenComparingInt(Waiting::rank);

  /// @param hit as it scored when it was looked at last
  private record Waiting(Scored hit, int rank) {}

  /// @param ranked best first
  /// @return the same hits, best first
  List<Scored> ordered(List<Scored> ranked) throws IOException {
    Map<Long, Map<String, Double>> has = new HashMap<>();
    for (int place = 0; place < places.size(); place++) {
      collect(ranked, place, has);
    }
    PriorityQueue<Waiting> left = new PriorityQueue<>(BEST_FIRST);
    for (int rank = 0; rank < ranked.size(); rank++) {
      left.add(new Waiting(ranked.get(rank), rank));
    }
    List<Scored> chosen = new ArrayList<>(ranked.size());
    Set<String> covered = new HashSet<>();
    while (!left.isEmpty()) {
      Waiting first = left.remove();
      Scored now = first.hit().repeating(share(has, first.hit(), covered));
      // Scores only fall as more is covered: what is still the best now is the best of all.
      if (!left.isEmpty() && now.score() < left.element().hit().score()) {
        left.add(new Waiting(now, first.rank()));
      } else {
        chosen.add(now);
        covered.addAll(has.getOrDefault(now.candidate().chunkId(), Map.of()).keySet());
      }
    }
    return chosen;
  }

  /// How much of a hit's words of the query the chosen ones have.
  private static double share(Map<Long, Map<String, Double>> has, Scored hit, Set<String> covered) {
    double all = 0;
    double again = 0;
    for (Map.Entry<String, Double> word :
        has.getOrDefault(hit.candidate().chunkId(), Map.of()).entrySet()) {
      all += word.getValue();
      again += covered.contains(word.getKey()) ? word.getValue() : 0;
    }
    return all == 0 ? 0 : again / all;
  }

  private void collect(List<Scored> ranked, int place, Map<Long, Map<String, Double>> has)
      throws IOException {
    List<Scored> here =
        ranked.stream()
            .filter(hit -> hit.candidate().place() == place)
            .sorted(Comparator.comparingInt(hit -> hit.candidate().luceneDoc()))
            .toList();
    IndexSearcher searcher = places.get(place).searcher();
    for (LexicalQuery.Clause clause : words.get(place).clauses()) {
      if (clause.word() != null && clause.most() > 0) {
        collect(here, clause.word(), clause.most(), weight(searcher, clause), searcher, has);
      }
    }
  }

  private static Weight weight(IndexSearcher searcher, LexicalQuery.Clause clause)
      throws IOException {
    return searcher.createWeight(searcher.rewrite(clause.query()), ScoreMode.COMPLETE_NO_SCORES, 1);
  }

  /// @param hits in the order of the index
  private static void collect(
      List<Scored> hits,
      String word,
      double worth,
      Weight holding,
      IndexSearcher searcher,
      Map<Long, Map<String, Double>> has)
      throws IOException {
    int at = 0;
    for (LeafReaderContext leaf : searcher.getLeafContexts()) {
      int end = leaf.docBase + leaf.reader().maxDoc();
      Scorer scorer = at < hits.size() && doc(hits, at) < end ? holding.scorer(leaf) : null;
      DocIdSetIterator docs = scorer == null ? DocIdSetIterator.empty() : scorer.iterator();
      for (; at < hits.size() && doc(hits, at) < end; at++) {
        int wanted = doc(hits, at) - leaf.docBase;
        if (docs.docID() < wanted) {
          docs.advance(wanted);
        }
        if (docs.docID() == wanted) {
          has.computeIfAbsent(hits.get(at).candidate().chunkId(), chunk -> new HashMap<>())
              .merge(word, worth, Math::max);
        }
      }
    }
  }

  private static int doc(List<Scored> hits, int at) {
    return hits.get(at).candidate().luceneDoc();
  }
}
