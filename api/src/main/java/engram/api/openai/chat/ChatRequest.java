package engram.api.openai.chat;

import static engram.api.openai.RequestFields.given;
import static engram.api.openai.RequestFields.orMissing;
import static engram.api.openai.RequestFields.refuse;

import engram.api.openai.Dialogue;
import engram.api.openai.RequestProblem;
import engram.api.openai.Sampling;
import engram.api.openai.local.EngineOptions;
import engram.api.openai.local.Formats;
import engram.api.openai.local.LocalMessages;
import engram.api.openai.local.LocalModels;
import engram.api.openai.local.LocalRequest;
import engram.api.openai.local.Switches;
import engram.api.openai.local.ToolSet;
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
    @Nullable Long seed,
    @Nullable Integer topK,
    @Nullable Double minP,
    @Nullable Double typicalP,
    @Nullable Double repetitionPenalty,
    @Nullable Boolean logprobs,
    @Nullable Integer topLogprobs,
    @Nullable JsonNode logitBias,
    @Nullable JsonNode tools,
    @Nullable JsonNode toolChoice,
    @Nullable Boolean parallelToolCalls,
    @Nullable JsonNode functions,
    @Nullable JsonNode functionCall,
    @Nullable JsonNode responseFormat,
    @Nullable List<String> modalities,
    @Nullable JsonNode audio,
    @Nullable JsonNode prediction,
    @Nullable JsonNode webSearchOptions,
    @Nullable String reasoningEffort,
    @Nullable String verbosity,
    @Nullable JsonNode chatTemplateKwargs,
    @Nullable JsonNode engram) {
  private static final int TOP_LOGPROBS_MAX = 20;

  record StreamOptions(@Nullable Boolean includeUsage) {}

  boolean streamed() {
    return Boolean.TRUE.equals(stream);
  }

  boolean withUsage() {
    return streamOptions != null && Boolean.TRUE.equals(streamOptions.includeUsage());
  }

  private List<JsonNode> allMessages() {
    if (messages == null || messages.isEmpty()) {
      throw RequestProblem.missing("messages");
    }
    return messages;
  }

  Dialogue dialogue() {
    List<Dialogue.Line> lines = new ArrayList<>();
    for (JsonNode message : allMessages()) {
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
        seed,
        new Sampling.Further(
            topK, minP, typicalP, repetitionPenalty, Sampling.Further.biases(logitBias)));
  }

  /// For a model of this process.
  LocalRequest local(String name) {
    refuseEverywhere();
    return new LocalRequest(
        name,
        sampling(),
        Formats.read(responseFormat, "response_format"),
        topLogProbs(),
        EngineOptions.besideMemory(engram));
  }

  LocalModels.Chat localChat() {
    return new LocalModels.Chat(
        LocalMessages.read(allMessages()),
        ToolSet.read(tools, toolChoice, parallelToolCalls),
        Switches.read(chatTemplateKwargs));
  }

  private int topLogProbs() {
    int top = topLogprobs == null ? 0 : topLogprobs;
    if (top < 0 || top > TOP_LOGPROBS_MAX) {
      throw RequestProblem.invalid(
          "top_logprobs", "'top_logprobs' " + top + " is not in [0, " + TOP_LOGPROBS_MAX + "].");
    }
    if (top > 0 && !Boolean.TRUE.equals(logprobs)) {
      throw RequestProblem.invalid("top_logprobs", "'top_logprobs' needs 'logprobs': true.");
    }
    return Boolean.TRUE.equals(logprobs) ? top : -1;
  }

  /// For documents, and for models on other servers.
  void refuseUnsupported() {
    refuseEverywhere();
    refuse("logprobs", Boolean.TRUE.equals(logprobs));
    refuse("top_logprobs", topLogprobs != null && topLogprobs != 0);
    refuse("logit_bias", given(logitBias));
    refuse(
        "tool_choice",
        given(toolChoice)
            && given(tools)
            && !Set.of("auto", "required").contains(orMissing(toolChoice).asString("")));
    refuse(
        "response_format",
        given(responseFormat)
            && !"text".equals(orMissing(responseFormat).path("type").asString("")));
    refuse("chat_template_kwargs", given(chatTemplateKwargs));
    EngineOptions.refuse(engram);
  }

  private void refuseEverywhere() {
    refuse("n", n != null && n != 1);
    refuse("functions", given(functions));
    refuse(
        "function_call",
        given(functionCall) && !"none".equals(orMissing(functionCall).asString("")));
    refuse("modalities", modalities != null && !modalities.equals(List.of("text")));
    refuse("audio", given(audio));
    refuse("prediction", given(prediction));
    refuse("web_search_options", given(webSearchOptions));
    refuse("reasoning_effort", reasoningEffort != null);
    refuse("verbosity", verbosity != null);
  }
}
