package engram.api.rest;

import engram.api.security.FilterJson;
import engram.retrieval.Filter;
import engram.retrieval.RankingOptions;
import engram.retrieval.SearchRequest;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What to search for.
///
/// @param query or `queries`, which are searched each and fused
/// @param fusion `convex` or `rrf`
/// @param feedback whether the words of the first hits widen the query
/// @param hops how often names in the hits lead to further ones, 0 to 3
record SearchBody(
    @Nullable String query,
    @Nullable List<String> queries,
    @Nullable JsonNode filter,
    @Nullable Integer offset,
    @Nullable Integer limit,
    @Nullable Double scoreThreshold,
    @Nullable Double textWeight,
    @Nullable Double embeddingWeight,
    @Nullable String fusion,
    @Nullable Boolean feedback,
    @Nullable Integer hops,
    @Nullable Boolean explain) {
  private static final int LIMIT_DEFAULT = 10;

  SearchRequest in(List<String> collections) {
    if ((query == null) == (queries == null)) {
      throw new IllegalArgumentException("'query' or 'queries' is needed, and not both");
    }
    return new SearchRequest(
        collections,
        query == null ? Objects.requireNonNull(queries) : List.of(query),
        filter(filter),
        Objects.requireNonNullElse(offset, 0),
        Objects.requireNonNullElse(limit, LIMIT_DEFAULT),
        Objects.requireNonNullElse(scoreThreshold, 0.0),
        Objects.requireNonNullElse(textWeight, 1.0),
        Objects.requireNonNullElse(embeddingWeight, 1.0),
        Boolean.TRUE.equals(explain),
        new RankingOptions(
            fusion, Boolean.TRUE.equals(feedback), Objects.requireNonNullElse(hops, 0)));
  }

  static @Nullable Filter filter(@Nullable JsonNode node) {
    return node == null || node.isNull() ? null : FilterJson.parse(node, "filter");
  }
}
