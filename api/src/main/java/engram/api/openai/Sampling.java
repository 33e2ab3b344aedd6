package engram.api.openai;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.openai.OpenAiChatOptions;
import tools.jackson.databind.JsonNode;

/// How a model is to choose its words.
///
/// @param further what only models of this process know
public record Sampling(
    @Nullable Double temperature,
    @Nullable Double topP,
    @Nullable Integer maxTokens,
    List<String> stop,
    @Nullable Double presencePenalty,
    @Nullable Double frequencyPenalty,
    @Nullable Long seed,
    Further further) {
  private static final int STOPS_MAX = 4;
  private static final double BIAS_MAX = 100;

  /// @param topK -1 or 0 for all
  /// @param logitBias by token
  public record Further(
      @Nullable Integer topK,
      @Nullable Double minP,
      @Nullable Double typicalP,
      @Nullable Double repetitionPenalty,
      Map<Integer, Float> logitBias) {
    public static final Further NONE = new Further(null, null, null, null, Map.of());

    public Further {
      logitBias = Map.copyOf(logitBias);
      if (topK != null && topK < -1) {
        throw RequestProblem.invalid("top_k", "'top_k' " + topK + " is less than 0.");
      }
      inRange("min_p", minP, 0, 1);
      inRange("typical_p", typicalP, 0, 1);
      inRange("repetition_penalty", repetitionPenalty, 0.01, 100);
    }

    /// `logit_bias`: numbers by token id.
    public static Map<Integer, Float> biases(@Nullable JsonNode given) {
      Map<Integer, Float> biases = new HashMap<>();
      if (given == null || given.isNull()) {
        return biases;
      }
      for (Map.Entry<String, JsonNode> one : given.properties()) {
        boolean token = one.getKey().matches("\\d{1,9}");
        double bias = one.getValue().isNumber() ? one.getValue().doubleValue() : Double.NaN;
        if (!token || !(Math.abs(bias) <= BIAS_MAX)) {
          throw RequestProblem.invalid(
              "logit_bias", "'logit_bias' has numbers in [-100, 100] by token id.");
        }
        biases.put(Integer.valueOf(one.getKey()), (float) bias);
      }
      if (!given.isObject() || biases.size() > engram.inference.Sampling.BIASES_MAX) {
        throw RequestProblem.invalid(
            "logit_bias",
            "'logit_bias' is an object with at most "
                + engram.inference.Sampling.BIASES_MAX
                + " tokens.");
      }
      return biases;
    }
  }

  public Sampling {
    stop = List.copyOf(stop);
    inRange("temperature", temperature, 0, 2);
    inRange("top_p", topP, 0, 1);
    inRange("presence_penalty", presencePenalty, -2, 2);
    inRange("frequency_penalty", frequencyPenalty, -2, 2);
    if (maxTokens != null && maxTokens < 1) {
      throw RequestProblem.invalid("max_tokens", "The largest answer has at least 1 token.");
    }
  }

  /// `stop`: a string or up to four.
  public static List<String> stops(@Nullable JsonNode stop) {
    List<String> stops = new ArrayList<>();
    if (stop == null || stop.isNull()) {
      return stops;
    }
    if (stop.isString()) {
      stops.add(stop.stringValue());
      return stops;
    }
    for (JsonNode one : stop) {
      stops.add(one.asString(""));
    }
    if (!stop.isArray() || stops.size() > STOPS_MAX || stops.contains("")) {
      throw RequestProblem.invalid(
          "stop", "'stop' is a string or an array of at most " + STOPS_MAX + " strings.");
    }
    return stops;
  }

  /// Refuses what answers from documents have no place for, and what would change them.
  public void checkForDocuments() {
    refuseHere("top_p", topP != null && topP != 1);
    refuseHere("stop", !stop.isEmpty());
    refuseHere("presence_penalty", presencePenalty != null && presencePenalty != 0);
    refuseHere("frequency_penalty", frequencyPenalty != null && frequencyPenalty != 0);
    refuseHere("seed", seed != null);
    checkForServers();
  }

  /// Refuses what models on other servers are not asked for.
  private void checkForServers() {
    refuse("top_k", further.topK() != null);
    refuse("min_p", further.minP() != null);
    refuse("typical_p", further.typicalP() != null);
    refuse("repetition_penalty", further.repetitionPenalty() != null);
    refuse("logit_bias", !further.logitBias().isEmpty());
  }

  /// For a model of this process. Without a seed one is drawn.
  public engram.inference.Sampling ofEngine() {
    Integer topK = further.topK();
    return new engram.inference.Sampling(
        number(temperature, 1),
        topK == null ? 0 : Math.max(0, topK),
        least(topP),
        number(further.minP(), 0),
        least(further.typicalP()),
        number(further.repetitionPenalty(), 1),
        number(presencePenalty, 0),
        number(frequencyPenalty, 0),
        further.logitBias(),
        seed == null ? ThreadLocalRandom.current().nextLong() : seed);
  }

  private static float number(@Nullable Double value, float otherwise) {
    return value == null ? otherwise : value.floatValue();
  }

  /// Of a sum of probabilities, where 0 means the likeliest token alone.
  private static float least(@Nullable Double sum) {
    return Math.max(Float.MIN_VALUE, number(sum, 1));
  }

  /// The model's own options, with what the request sets.
  public ChatOptions options(ChatModel model) {
    checkForServers();
    ChatOptions defaults = model.getOptions();
    ChatOptions.Builder<?> options = defaults == null ? ChatOptions.builder() : defaults.mutate();
    if (temperature != null) {
      options.temperature(temperature);
    }
    if (topP != null) {
      options.topP(topP);
    }
    if (maxTokens != null) {
      options.maxTokens(maxTokens);
    }
    if (!stop.isEmpty()) {
      options.stopSequences(stop);
    }
    if (presencePenalty != null) {
      options.presencePenalty(presencePenalty);
    }
    if (frequencyPenalty != null) {
      options.frequencyPenalty(frequencyPenalty);
    }
    if (seed != null) {
      if (!(options instanceof OpenAiChatOptions.Builder openAi)) {
        throw RequestProblem.unsupported("seed", "The configured chat model takes no 'seed'.");
      }
      if (seed != seed.intValue()) {
        throw RequestProblem.invalid("seed", "'seed' " + seed + " has more than 32 bits.");
      }
      openAi.seed(seed.intValue());
    }
    return options.build();
  }

  private static void refuseHere(String param, boolean given) {
    if (given) {
      throw RequestProblem.unsupported(
          param, "'" + param + "' is not supported with answers from documents.");
    }
  }

  private static void refuse(String param, boolean given) {
    if (given) {
      throw RequestProblem.unsupported(
          param, "'" + param + "' is supported with models of this server's own process only.");
    }
  }

  private static void inRange(String param, @Nullable Double value, double min, double max) {
    if (value != null && !(value >= min && value <= max)) {
      throw RequestProblem.invalid(
          param, "'" + param + "' " + value + " is not in [" + min + ", " + max + "].");
    }
  }
}
