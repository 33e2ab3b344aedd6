package engram.retrieval.search;

import engram.retrieval.Access;
import engram.retrieval.Explanation;
import engram.retrieval.Hit;
import engram.retrieval.Reranker;
import engram.retrieval.Retriever;
import engram.retrieval.SearchPage;
import engram.retrieval.SearchRequest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A search whose first hits a [Reranker] puts in order, before all others; as they were found
/// where that fails.
public record RerankedSearch(Retriever retriever, Reranker reranker) implements Retriever {
  private static final Logger LOG = LoggerFactory.getLogger(RerankedSearch.class);
  static final String NOTE_FAILED = "hits are in the order of the index: reranking them failed";

  @Override
  public SearchPage search(Access access, SearchRequest request) {
    if (request.offset() >= Reranker.DEPTH) {
      return retriever.search(access, request);
    }
    SearchPage first = retriever.search(access, request.page(0, Reranker.DEPTH));
    List<String> notes = new ArrayList<>(first.notes());
    List<Hit> hits = new ArrayList<>(first.hits());
    boolean more = first.hasMore();
    try {
      hits = reranked(request, hits);
    } catch (RuntimeException e) {
      LOG.warn("Hits could not be reranked", e);
      notes.add(NOTE_FAILED);
    }
    int end = request.offset() + request.limit();
    if (more && end > Reranker.DEPTH) {
      SearchPage rest =
          retriever.search(access, request.page(Reranker.DEPTH, end - Reranker.DEPTH));
      double least = hits.getLast().score();
      rest.hits().stream().map(hit -> hit.scoring(Math.min(hit.score(), least))).forEach(hits::add);
      more = rest.hasMore();
    }
    int from = Math.min(request.offset(), hits.size());
    int to = Math.min(hits.size(), end);
    return new SearchPage(hits.subList(from, to), to < hits.size() || more, notes);
  }

  private List<Hit> reranked(SearchRequest request, List<Hit> hits) {
    if (hits.isEmpty()) {
      return hits;
    }
    List<Double> scores =
        reranker.scores(request.queries().getFirst(), hits.stream().map(Hit::text).toList());
    if (scores.size() != hits.size()) {
      throw new IllegalStateException(scores.size() + " scores for " + hits.size() + " texts");
    }
    List<Hit> scored = new ArrayList<>(hits.size());
    for (int i = 0; i < hits.size(); i++) {
      double score = scores.get(i);
      if (!(score >= 0 && score <= 1)) {
        throw new IllegalStateException("a score of " + score + " is not in [0, 1]");
      }
      Explanation before = hits.get(i).explanation();
      Explanation why =
          before == null ? null : new Explanation(reranker.name(), score, List.of(before));
      scored.add(hits.get(i).scoring(score, why));
    }
    scored.sort(Comparator.comparingDouble((Hit hit) -> -hit.score())); // ties stay as they were
    return scored;
  }
}
