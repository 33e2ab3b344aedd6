package engram.retrieval.search;

import engram.retrieval.index.TextAnalysis;
import engram.retrieval.index.TextAnalysis.QueryTerm;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Pseudo relevance feedback: words that the first hits share widen the query.
///
/// Rocchio's form with BM25's weights, interpolated as in RM3 (Abdul-Jaleel et al., "UMass at TREC
/// 2004: Novelty and HARD"): the query keeps `1 - a` of its weight, the `TERMS` words that weigh
/// most in the first `CHUNKS` hits share `a`.
///
/// It helps broad questions (MED, 23 relevant documents a query) and hurts those with one answer
/// (SciFact), so it is off until a request asks for it or the collection's calibration has found
/// that it helps there.
final class Feedback {
  static final int CHUNKS = 10;
  private static final int TERMS = 20;

  /// Words in more of the collection's chunks say nothing about a subject.
  private static final double COMMON_SHARE = 0.25;

  private static final double K1 = 1.2;
  private static final double B = 0.75;

  /// A first hit.
  record First(double score, ChunkRow row) {}

  private record Weighed(String term, double weight) {}

  private Feedback() {}

  /// Further words for the query; none where the first hits share none.
  ///
  /// @param share of the weight that they get
  static List<QueryTerm> terms(LexicalQuery query, List<First> hits, double share)
      throws IOException {
    if (hits.size() < 2) {
      return List.of();
    }
    List<Weighed> best = best(query, hits);
    double weights = best.stream().mapToDouble(Weighed::weight).sum();
    if (weights == 0) {
      return List.of();
    }
    double own = query.terms().stream().mapToDouble(QueryTerm::weight).sum();
    double scale = share / (1 - share) * own / weights;
    return best.stream()
        .map(word -> new QueryTerm(word.term(), (float) (word.weight() * scale)))
        .toList();
  }

  private static List<Weighed> best(LexicalQuery query, List<First> hits) throws IOException {
    Map<String, Double> sums = new HashMap<>();
    Map<String, Integer> chunks = new HashMap<>();
    double scores = hits.stream().mapToDouble(First::score).sum();
    double usual = query.wordsPerChunk();
    for (First hit : hits) {
      Map<String, Integer> counts = new HashMap<>();
      List<TextAnalysis.Word> words =
          TextAnalysis.words(hit.row().indexed(), hit.row().analysis).stream()
              .filter(word -> !word.isHalfOfPairs())
              .toList();
      words.forEach(word -> counts.merge(word.term(), 1, Integer::sum));
      double saturation = K1 * (1 - B + B * words.size() / usual);
      counts.forEach((term, count) -> {
        sums.merge(term, hit.score() / scores * count / (count + saturation), Double::sum);
        chunks.merge(term, 1, Integer::sum);
      });
    }
    ChunkRow best = hits.getFirst().row();
    Set<String> grammar = TextAnalysis.functionWords(best.text, best.analysis);
    List<Weighed> weighed = new ArrayList<>();
    for (Map.Entry<String, Double> sum : sums.entrySet()) {
      if (chunks.getOrDefault(sum.getKey(), 0) < 2 || grammar.contains(sum.getKey())) {
        continue;
      }
      int count = query.count(sum.getKey());
      if (count > 0 && count <= COMMON_SHARE * query.chunks()) {
        weighed.add(new Weighed(sum.getKey(), sum.getValue() * query.idf(count)));
      }
    }
    weighed.sort(
        Comparator.comparingDouble((Weighed word) -> -word.weight()).thenComparing(Weighed::term));
    return weighed.size() > TERMS ? weighed.subList(0, TERMS) : weighed;
  }
}
