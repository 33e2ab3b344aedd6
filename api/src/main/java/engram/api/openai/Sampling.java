package engram.api.openai;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.openai.OpenAiChatOptions;
import tools.jackson.databind.JsonNode;

/// How a model is to choose its words.
public record Sampling(
    @Nullable Double temperature,
    @Nullable Double topP,
    @Nullable Integer maxTokens,
    List<String> stop,
    @Nullable Double presencePenalty,
    @Nullable Double frequencyPenalty,
    @Nullable Integer seed) {
  private static final int STOPS_MAX = 4;

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
    refuse("top_p", topP != null && topP != 1);
    refuse("stop", !stop.isEmpty());
    refuse("presence_penalty", presencePenalty != null && presencePenalty != 0);
    refuse("frequency_penalty", frequencyPenalty != null && frequencyPenalty != 0);
    refuse("seed", seed != null);
  }

  /// The model's own options, with what the request sets.
  public ChatOptions options(ChatModel model) {
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
      openAi.seed(seed);
    }
    return options.build();
  }

  private static void refuse(String param, boolean given) {
    if (given) {
      throw RequestProblem.unsupported(
          param, "'" + param + "' is not supported with answers from documents.");
    }
  }

  private static void inRange(String param, @Nullable Double value, double min, double max) {
    if (value != null && !(value >= min && value <= max)) {
      throw RequestProblem.invalid(
          param, "'" + param + "' " + value + " is not in [" + min + ", " + max + "].");
    }
  }
}
