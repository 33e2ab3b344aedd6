package engram.api.openai;

import engram.retrieval.RankingOptions;
import engram.retrieval.SearchRequest;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// How hits are ranked: `ranking_options {ranker, score_threshold, hybrid_search}`, and what those
/// have no word for in `engram {fusion, feedback, hops}`.
///
/// @param weights null for the collection's own
public record Ranking(
    double scoreThreshold, SearchRequest.@Nullable Weights weights, RankingOptions options) {
  private static final Set<String> OPTIONS = Set.of("fusion", "feedback", "hops");
  private static final Set<String> RANKERS =
      Set.of("none", "auto", "default-2024-11-15", "default_2024_08_21");

  static final Ranking DEFAULT = new Ranking(0, null, RankingOptions.DEFAULT);

  public static Ranking read(@Nullable JsonNode node, String param) {
    if (node == null || node.isNull()) {
      return DEFAULT;
    }
    if (!node.isObject()) {
      throw RequestProblem.invalid(param, "'" + param + "' is an object.");
    }
    JsonNode ranker = node.get("ranker");
    if (ranker != null && !ranker.isNull() && !RANKERS.contains(ranker.asString(""))) {
      throw RequestProblem.invalid(
          param + ".ranker", "'ranker' is 'none', 'auto' or 'default-2024-11-15'.");
    }
    double threshold = number(node.get("score_threshold"), 0, 1, 0, param + ".score_threshold");
    RankingOptions options = options(node.get("engram"), param + ".engram");
    JsonNode weights = node.get("hybrid_search");
    if (weights == null || weights.isNull()) {
      return new Ranking(threshold, null, options);
    }
    String at = param + ".hybrid_search";
    double text = number(weights.get("text_weight"), 0, 1e6, 1, at + ".text_weight");
    double embedding = number(weights.get("embedding_weight"), 0, 1e6, 1, at + ".embedding_weight");
    if (text + embedding == 0) {
      throw RequestProblem.invalid(at, "The weights of 'hybrid_search' are not both 0.");
    }
    return new Ranking(threshold, new SearchRequest.Weights(text, embedding), options);
  }

  private static RankingOptions options(@Nullable JsonNode node, String param) {
    if (node == null || node.isNull()) {
      return RankingOptions.DEFAULT;
    }
    for (String name : node.propertyNames()) {
      if (!OPTIONS.contains(name)) {
        throw RequestProblem.invalid(
            param + "." + name, "'" + name + "' is none of 'fusion', 'feedback', 'hops'.");
      }
    }
    JsonNode fusion = node.get("fusion");
    JsonNode feedback = node.get("feedback");
    double hops = number(node.get("hops"), 0, RankingOptions.HOPS_MAX, 0, param + ".hops");
    return new RankingOptions(
        fusion == null || fusion.isNull() ? null : fusion.asString(""),
        feedback == null || feedback.isNull()
            ? null
            : number(feedback, 0, RankingOptions.FEEDBACK_MAX, 0, param + ".feedback"),
        (int) hops,
        null);
  }

  private static double number(
      @Nullable JsonNode node, double min, double max, double otherwise, String param) {
    if (node == null || node.isNull()) {
      return otherwise;
    }
    if (!node.isNumber() || !(node.doubleValue() >= min && node.doubleValue() <= max)) {
      throw RequestProblem.invalid(
          param, "'" + param + "' is a number in [" + min + ", " + max + "].");
    }
    return node.doubleValue();
  }
}
