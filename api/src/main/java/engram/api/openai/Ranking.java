package engram.api.openai;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// How hits are ranked: `ranking_options {ranker, score_threshold, hybrid_search}`.
public record Ranking(double scoreThreshold, double textWeight, double embeddingWeight) {
  private static final Set<String> RANKERS =
      Set.of("none", "auto", "default-2024-11-15", "default_2024_08_21");

  static final Ranking DEFAULT = new Ranking(0, 1, 1);

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
    JsonNode weights = node.get("hybrid_search");
    if (weights == null || weights.isNull()) {
      return new Ranking(threshold, 1, 1);
    }
    String at = param + ".hybrid_search";
    double text = number(weights.get("text_weight"), 0, 1e6, 1, at + ".text_weight");
    double embedding = number(weights.get("embedding_weight"), 0, 1e6, 1, at + ".embedding_weight");
    if (text + embedding == 0) {
      throw RequestProblem.invalid(at, "The weights of 'hybrid_search' are not both 0.");
    }
    return new Ranking(threshold, text, embedding);
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
