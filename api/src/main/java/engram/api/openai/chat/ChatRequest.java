package engram.api.openai.chat;

import static engram.api.openai.RequestFields.given;
import static engram.api.openai.RequestFields.orMissing;
import static engram.api.openai.RequestFields.refuse;

import engram.api.openai.Dialogue;
import engram.api.openai.RequestProblem;
import engram.api.openai.Sampling;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A chat request. Fields that are not here are ignored; those that are here and unsupported are
/// refused, because leaving them out would change the answer.
record ChatRequest(
    @Nullable String model,
    @Nullable List<JsonNode> messages,
    @Nullable Boolean stream,
    @Nullable StreamOptions streamOptions,
    @Nullable Double temperature,
    @Nullable Double topP,
    @Nullable Integer n,
    @Nullable Integer maxTokens,
    @Nullable Integer maxCompletionTokens,
    @Nullable JsonNode stop,
    @Nullable Double presencePenalty,
    @Nullable Double frequencyPenalty,
    @Nullable Integer seed,
    @Nullable Boolean logprobs,
    @Nullable Integer topLogprobs,
    @Nullable JsonNode logitBias,
    @Nullable JsonNode tools,
    @Nullable JsonNode toolChoice,
    @Nullable JsonNode functions,
    @Nullable JsonNode functionCall,
    @Nullable JsonNode responseFormat,
    @Nullable List<String> modalities,
    @Nullable JsonNode audio,
    @Nullable JsonNode prediction,
    @Nullable JsonNode webSearchOptions,
    @Nullable String reasoningEffort,
    @Nullable String verbosity,
    @Nullable JsonNode engram) {
  record StreamOptions(@Nullable Boolean includeUsage) {}

  boolean streamed() {
    return Boolean.TRUE.equals(stream);
  }

  boolean withUsage() {
    return streamOptions != null && Boolean.TRUE.equals(streamOptions.includeUsage());
  }

  Dialogue dialogue() {
    if (messages == null || messages.isEmpty()) {
      throw RequestProblem.missing("messages");
    }
    List<Dialogue.Line> lines = new ArrayList<>();
    for (JsonNode message : messages) {
      lines.add(Dialogue.line(message, "messages[" + lines.size() + "]"));
    }
    return new Dialogue(lines);
  }

  Sampling sampling() {
    return new Sampling(
        temperature,
        topP,
        maxCompletionTokens == null ? maxTokens : maxCompletionTokens,
        Sampling.stops(stop),
        presencePenalty,
        frequencyPenalty,
        seed);
  }

  void refuseUnsupported() {
    refuse("n", n != null && n != 1);
    refuse("logprobs", Boolean.TRUE.equals(logprobs));
    refuse("top_logprobs", topLogprobs != null && topLogprobs != 0);
    refuse("logit_bias", given(logitBias));
    refuse("functions", given(functions));
    refuse(
        "function_call",
        given(functionCall) && !"none".equals(orMissing(functionCall).asString("")));
    refuse(
        "tool_choice",
        given(toolChoice)
            && given(tools)
            && !Set.of("auto", "required").contains(orMissing(toolChoice).asString("")));
    refuse(
        "response_format",
        given(responseFormat)
            && !"text".equals(orMissing(responseFormat).path("type").asString("")));
    refuse("modalities", modalities != null && !modalities.equals(List.of("text")));
    refuse("audio", given(audio));
    refuse("prediction", given(prediction));
    refuse("web_search_options", given(webSearchOptions));
    refuse("reasoning_effort", reasoningEffort != null);
    refuse("verbosity", verbosity != null);
  }
}
