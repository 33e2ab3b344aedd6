package engram.retrieval.search;

import engram.retrieval.Access;
import engram.retrieval.QueryTransform;
import engram.retrieval.Retriever;
import engram.retrieval.SearchPage;
import engram.retrieval.SearchRequest;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A search for what a [QueryTransform] makes of the question; for the question itself where that
/// fails.
public record TransformedSearch(Retriever retriever, QueryTransform transform)
    implements Retriever {
  private static final Logger LOG = LoggerFactory.getLogger(TransformedSearch.class);
  static final String NOTE_FAILED = "the query was searched for as it is: rewriting it failed";

  @Override
  public SearchPage search(Access access, SearchRequest request) {
    if (request.queries().size() > 1) {
      return retriever.search(access, request);
    }
    SearchRequest transformed;
    try {
      transformed = request.withQueries(transform.queries(request.queries().getFirst()));
    } catch (RuntimeException e) {
      LOG.warn("A query could not be transformed", e);
      SearchPage page = retriever.search(access, request);
      List<String> notes = new ArrayList<>(page.notes());
      notes.add(NOTE_FAILED);
      return new SearchPage(page.hits(), page.hasMore(), notes);
    }
    return retriever.search(access, transformed);
  }
}
