package engram.api.openai.vectorstores;

import com.fasterxml.jackson.annotation.JsonInclude;
import engram.api.openai.FileSearch;
import engram.api.openai.Ranking;
import engram.api.openai.RequestProblem;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.retrieval.Access;
import engram.retrieval.Box;
import engram.retrieval.Explanation;
import engram.retrieval.Flag;
import engram.retrieval.Hit;
import engram.retrieval.PassageInspector;
import engram.retrieval.Retriever;
import engram.retrieval.SearchPage;
import engram.retrieval.SearchRequest;
import engram.retrieval.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;

@RestController
@Requires(Verb.READ)
class SearchController {
  private static final int RESULTS_DEFAULT = 10;
  private static final int RESULTS_MAX = 50;
  private static final String REWRITE_NOTE =
      "rewrite_query: the query was searched as it is; queries are not rewritten here.";

  private final Retriever retriever;
  private final PassageInspector inspector;

  SearchController(Retriever retriever, PassageInspector inspector) {
    this.retriever = retriever;
    this.inspector = inspector;
  }

  /// @param query a string, or several that are searched each and fused
  /// @param page the `next_page` of an earlier reply to the same query
  record Query(
      @Nullable JsonNode query,
      @Nullable JsonNode filters,
      @Nullable Integer maxNumResults,
      @Nullable JsonNode rankingOptions,
      @Nullable Boolean rewriteQuery,
      @Nullable String page,
      @Nullable Extra engram) {}

  /// @param flags whether hits are looked at for instructions to whoever reads them
  record Extra(@Nullable Boolean explain, @Nullable Boolean flags) {
    static boolean explained(@Nullable Extra extra) {
      return extra != null && Boolean.TRUE.equals(extra.explain());
    }

    static boolean flagged(@Nullable Extra extra) {
      return extra != null && Boolean.TRUE.equals(extra.flags());
    }
  }

  @JsonInclude(JsonInclude.Include.ALWAYS)
  record Results(
      String object,
      List<String> searchQuery,
      List<Item> data,
      boolean hasMore,
      @Nullable String nextPage,
      Notes engram) {}

  record Notes(List<String> notes) {}

  record Text(String type, String text) {}

  record Item(
      String fileId,
      String filename,
      double score,
      Map<String, Object> attributes,
      List<Text> content,
      Place engram) {
    static Item of(Hit hit) {
      var source = hit.source();
      return new Item(
          source.fileId(),
          source.filename(),
          hit.score(),
          hit.attributes(),
          List.of(new Text("text", hit.text())),
          new Place(
              hit.chunkId(),
              source.version(),
              source.title(),
              source.span(),
              source.pageFrom(),
              source.pageTo(),
              source.boxes(),
              source.headingPath(),
              hit.highlights(),
              hit.explanation(),
              hit.flags()));
    }
  }

  /// Where a hit stands in its source, and why it is one.
  ///
  /// @param highlights spans of the hit's text
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Place(
      long chunkId,
      int version,
      @Nullable String title,
      Span span,
      int pageFrom,
      int pageTo,
      List<Box> boxes,
      List<String> headingPath,
      List<Span> highlights,
      @Nullable Explanation explanation,
      List<Flag> flags) {}

  @PostMapping("/v1/vector_stores/{store}/search")
  Results search(Access access, @PathVariable String store, @RequestBody Query body) {
    List<String> queries = queries(body.query());
    int limit = body.maxNumResults() == null ? RESULTS_DEFAULT : body.maxNumResults();
    if (limit < 1 || limit > RESULTS_MAX) {
      throw RequestProblem.invalid(
          "max_num_results", "'max_num_results' " + limit + " is not in [1, " + RESULTS_MAX + "].");
    }
    NextPage pages = new NextPage(store, queries, body.filters());
    int offset = pages.offset(body.page());
    Ranking ranking = Ranking.read(body.rankingOptions(), "ranking_options");
    SearchPage found =
        retriever.search(
            access,
            new SearchRequest(
                List.of(store),
                queries,
                FileSearch.filter(body.filters(), "filters"),
                offset,
                limit,
                ranking.scoreThreshold(),
                ranking.weights(),
                Extra.explained(body.engram()),
                ranking.options()));
    if (Extra.flagged(body.engram())) {
      found = inspector.flagged(found);
    }
    int next = offset + found.hits().size();
    boolean more = found.hasMore() && next <= SearchRequest.OFFSET_MAX;
    List<String> notes = new ArrayList<>(found.notes());
    if (Boolean.TRUE.equals(body.rewriteQuery())) {
      notes.add(REWRITE_NOTE);
    }
    return new Results(
        "vector_store.search_results.page",
        queries,
        found.hits().stream().map(Item::of).toList(),
        more,
        more ? pages.at(next) : null,
        new Notes(notes));
  }

  private static List<String> queries(@Nullable JsonNode query) {
    List<String> queries = new ArrayList<>();
    if (query != null && query.isString()) {
      queries.add(query.stringValue());
    } else if (query != null && query.isArray()) {
      for (JsonNode one : query) {
        queries.add(one.isString() ? one.stringValue() : "");
      }
    }
    boolean good =
        !queries.isEmpty()
            && queries.size() <= SearchRequest.QUERIES_MAX
            && queries.stream()
                .noneMatch(one -> one.isBlank() || one.length() > SearchRequest.QUERY_CHARS_MAX);
    if (!good) {
      throw RequestProblem.invalid(
          "query",
          "'query' is a string of 1 to "
              + SearchRequest.QUERY_CHARS_MAX
              + " characters, or an array of 1 to "
              + SearchRequest.QUERIES_MAX
              + " of them.");
    }
    return queries;
  }
}
