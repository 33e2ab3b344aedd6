package engram.retrieval;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A question to the index.
///
/// @param collections ids, at least one
/// @param queries several are searched each and fused
/// @param filter a further condition, beside the caller's own
/// @param scoreThreshold hits below it are left out; in `[0, 1]`
/// @param weights of the lists in the fusion; null for the collection's own
/// @param ranking see [RankingOptions]
public record SearchRequest(
    List<String> collections,
    List<String> queries,
    @Nullable Filter filter,
    int offset,
    int limit,
    double scoreThreshold,
    @Nullable Weights weights,
    boolean explain,
    RankingOptions ranking) {
  public static final int LIMIT_MAX = 200;
  public static final int OFFSET_MAX = 10_000;
  public static final int QUERY_CHARS_MAX = 8_192;
  public static final int QUERIES_MAX = 16;

  /// @param text weight of the lexical list, at least 0
  /// @param embedding weight of the vector list; ignored when no embedding model is configured
  public record Weights(double text, double embedding) {
    public Weights {
      if (!(text >= 0 && embedding >= 0 && text + embedding > 0)) {
        throw new IllegalArgumentException("search weights are at least 0 and not both 0");
      }
    }
  }

  public SearchRequest {
    collections = List.copyOf(collections);
    queries = List.copyOf(queries);
    if (collections.isEmpty()) {
      throw new IllegalArgumentException("a search names at least one collection");
    }
    if (queries.isEmpty() || queries.size() > QUERIES_MAX) {
      throw new IllegalArgumentException(
          "a search has 1 to " + QUERIES_MAX + " queries, not " + queries.size());
    }
    for (String query : queries) {
      if (query.isBlank() || query.length() > QUERY_CHARS_MAX) {
        throw new IllegalArgumentException(
            "a query has 1 to " + QUERY_CHARS_MAX + " characters and is not blank");
      }
    }
    if (ranking.build() != null && collections.size() > 1) {
      throw new IllegalArgumentException("a build is one of a collection: search that one alone");
    }
    if (limit < 1 || limit > LIMIT_MAX) {
      throw new IllegalArgumentException("limit " + limit + " is not in [1, " + LIMIT_MAX + "]");
    }
    if (offset < 0 || offset > OFFSET_MAX) {
      throw new IllegalArgumentException("offset " + offset + " is not in [0, " + OFFSET_MAX + "]");
    }
    if (!(scoreThreshold >= 0 && scoreThreshold <= 1)) {
      throw new IllegalArgumentException("score_threshold " + scoreThreshold + " is not in [0, 1]");
    }
  }

  /// Ranked as by default.
  public SearchRequest(
      List<String> collections,
      List<String> queries,
      @Nullable Filter filter,
      int offset,
      int limit,
      double scoreThreshold,
      double textWeight,
      double embeddingWeight,
      boolean explain) {
    this(
        collections,
        queries,
        filter,
        offset,
        limit,
        scoreThreshold,
        new Weights(textWeight, embeddingWeight),
        explain,
        RankingOptions.DEFAULT);
  }

  public static SearchRequest of(String collection, String query, int limit) {
    return new SearchRequest(
        List.of(collection),
        List.of(query),
        null,
        0,
        limit,
        0,
        null,
        false,
        RankingOptions.DEFAULT);
  }

  public SearchRequest withQueries(List<String> others) {
    return new SearchRequest(
        collections, others, filter, offset, limit, scoreThreshold, weights, explain, ranking);
  }

  /// The same for another part of the order.
  public SearchRequest page(int otherOffset, int otherLimit) {
    return new SearchRequest(
        collections,
        queries,
        filter,
        otherOffset,
        otherLimit,
        scoreThreshold,
        weights,
        explain,
        ranking);
  }
}
