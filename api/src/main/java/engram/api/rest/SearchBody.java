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
/// @param feedback share of the query for words that the first hits have in common, 0 to 0.9
/// @param hops how often names in the hits lead to further ones, 0 to 3
/// @param calibration to try one instead of the collection's own
/// @param build to try one that does not serve; needs the verb `admin`
/// @param flags whether hits are looked at for instructions to whoever reads them
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
    @Nullable Double feedback,
    @Nullable Integer hops,
    @Nullable CalibrationBody calibration,
    @Nullable Integer build,
    @Nullable Boolean explain,
    @Nullable Boolean flags) {
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
        weights(textWeight, embeddingWeight),
        Boolean.TRUE.equals(explain),
        new RankingOptions(
            fusion,
            feedback,
            Objects.requireNonNullElse(hops, 0),
            calibration == null ? null : calibration.toCalibration(),
            build));
  }

  /// What is given alone is a share, and the other list has the rest.
  ///
  /// @return null where neither is given: then the collection's own hold
  static SearchRequest.@Nullable Weights weights(
      @Nullable Double text, @Nullable Double embedding) {
    if (text == null) {
      return embedding == null ? null : new SearchRequest.Weights(rest(embedding), embedding);
    }
    return new SearchRequest.Weights(text, embedding == null ? rest(text) : embedding);
  }

  private static double rest(double share) {
    return Math.max(0, 1 - share);
  }

  static @Nullable Filter filter(@Nullable JsonNode node) {
    return node == null || node.isNull() ? null : FilterJson.parse(node, "filter");
  }
}
