package engram.eval.run;

import engram.retrieval.Access;
import engram.retrieval.Hit;
import engram.retrieval.Retriever;
import engram.retrieval.SearchPage;
import engram.retrieval.SearchRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One search as a ranking of documents: chunks collapse to their document, which stands where its
/// best chunk stands.
///
/// @param documents names, best first, as many as were wanted at most
/// @param topFiles ids of the files of the first ten
/// @param latencyMs of a search for ten hits, which is what callers wait for; the ranking itself
///   comes of a deeper one
record Ranking(
    List<String> documents, List<String> topFiles, List<String> notes, double latencyMs) {
  private static final int TIMED_HITS = 10;
  private static final int TOP_FILES = 10;

  /// Chunks looked at for one query: a collection of few documents with very many chunks ends here.
  private static final int PAGES_MAX = 10;

  /// One search, at any place in its list of hits.
  @FunctionalInterface
  interface Search {
    SearchRequest at(int offset, int limit);
  }

  /// @param depth how many documents are wanted
  static Ranking of(Retriever retriever, Access access, Search search, Names names, int depth) {
    SearchRequest timed = search.at(0, TIMED_HITS);
    long begun = System.nanoTime();
    retriever.search(access, timed);
    double latencyMs = (System.nanoTime() - begun) / 1e6;
    Map<String, String> fileByName = new LinkedHashMap<>();
    List<String> notes = new ArrayList<>();
    boolean more = true;
    for (int page = 0; more && page < PAGES_MAX && fileByName.size() < depth; page++) {
      SearchRequest next = search.at(page * SearchRequest.LIMIT_MAX, SearchRequest.LIMIT_MAX);
      SearchPage found = retriever.search(access, next);
      for (Hit hit : found.hits()) {
        fileByName.putIfAbsent(names.of(hit), hit.source().fileId());
      }
      notes = page == 0 ? found.notes() : notes;
      more = found.hasMore() && !found.hits().isEmpty();
    }
    if (more && fileByName.size() < depth) {
      notes = new ArrayList<>(notes);
      notes.add(
          "only the first %,d chunks were looked at, of %d documents where %d were wanted"
              .formatted(PAGES_MAX * SearchRequest.LIMIT_MAX, fileByName.size(), depth));
    }
    return new Ranking(
        fileByName.keySet().stream().limit(depth).toList(),
        fileByName.values().stream().limit(TOP_FILES).toList(),
        notes,
        latencyMs);
  }
}
