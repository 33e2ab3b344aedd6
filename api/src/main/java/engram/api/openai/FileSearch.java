package engram.api.openai;

import engram.api.security.FilterJson;
import engram.retrieval.Filter;
import engram.retrieval.SearchRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The `file_search` tool of a request: where to look before answering.
///
/// @param maxResults passages at most, 1 to 50
public record FileSearch(
    List<String> collections, @Nullable Filter filter, int maxResults, Ranking ranking) {
  static final int RESULTS_DEFAULT = 20;
  static final int RESULTS_MAX = 50;
  static final int COLLECTIONS_MAX = 100;

  public static FileSearch over(List<String> collections) {
    return new FileSearch(collections, null, RESULTS_DEFAULT, Ranking.DEFAULT);
  }

  /// The one `file_search` among a request's tools; null without tools.
  ///
  /// @throws engram.api.error.FailureException for other tools: skipping one would change the
  ///   result
  public static @Nullable FileSearch read(@Nullable JsonNode tools) {
    if (tools == null || tools.isNull() || (tools.isArray() && tools.isEmpty())) {
      return null;
    }
    if (!tools.isArray()) {
      throw RequestProblem.invalid("tools", "'tools' is an array.");
    }
    if (tools.size() > 1) {
      throw RequestProblem.unsupported(
          "tools", "One tool per request is supported, 'file_search'; it may search many stores.");
    }
    JsonNode tool = tools.get(0);
    String type = tool.path("type").asString("");
    if (!type.equals("file_search")) {
      throw RequestProblem.unsupported(
          "tools[0].type", "Tool type '" + type + "' is not supported; 'file_search' is.");
    }
    return one(tool);
  }

  /// Whether a tool of a request is `file_search`.
  public static boolean isAsked(@Nullable JsonNode tools) {
    if (tools != null && tools.isArray()) {
      for (JsonNode tool : tools) {
        if (tool.path("type").asString("").equals("file_search")) {
          return true;
        }
      }
    }
    return false;
  }

  private static FileSearch one(JsonNode tool) {
    String at = "tools[0]";
    JsonNode ids = tool.get("vector_store_ids");
    if (ids == null || !ids.isArray() || ids.isEmpty() || ids.size() > COLLECTIONS_MAX) {
      throw RequestProblem.invalid(
          at + ".vector_store_ids",
          "'file_search' needs 'vector_store_ids', 1 to " + COLLECTIONS_MAX + " of them.");
    }
    List<String> collections = new ArrayList<>();
    for (JsonNode id : ids) {
      if (!id.isString()) {
        throw RequestProblem.invalid(at + ".vector_store_ids", "'vector_store_ids' are strings.");
      }
      collections.add(id.stringValue());
    }
    return new FileSearch(
        List.copyOf(collections),
        filter(tool.get("filters"), at + ".filters"),
        results(tool.get("max_num_results"), at + ".max_num_results"),
        Ranking.read(tool.get("ranking_options"), at + ".ranking_options"));
  }

  /// @return null if there is none
  public static @Nullable Filter filter(@Nullable JsonNode node, String param) {
    return node == null || node.isNull() ? null : FilterJson.parse(node, param);
  }

  private static int results(@Nullable JsonNode node, String param) {
    if (node == null || node.isNull()) {
      return RESULTS_DEFAULT;
    }
    if (!node.isIntegralNumber()
        || !(node.doubleValue() >= 1 && node.doubleValue() <= RESULTS_MAX)) {
      throw RequestProblem.invalid(
          param, "'max_num_results' is a whole number in [1, " + RESULTS_MAX + "].");
    }
    return node.intValue();
  }

  public SearchRequest searchFor(String question) {
    return new SearchRequest(
        collections,
        List.of(question),
        filter,
        0,
        maxResults,
        ranking.scoreThreshold(),
        ranking.weights(),
        false,
        ranking.options());
  }
}
