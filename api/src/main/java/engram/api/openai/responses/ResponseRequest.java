package engram.api.openai.responses;

import static engram.api.openai.RequestFields.given;
import static engram.api.openai.RequestFields.orMissing;
import static engram.api.openai.RequestFields.refuse;

import engram.api.openai.RequestProblem;
import engram.api.openai.Sampling;
import engram.api.openai.local.EngineOptions;
import engram.api.openai.local.Formats;
import engram.api.openai.local.LocalRequest;
import engram.api.openai.local.Switches;
import engram.api.openai.local.ToolSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A request to `/v1/responses`. As in chat, fields that are not here are ignored and those that
/// are here and unsupported are refused.
record ResponseRequest(
    @Nullable String model,
    @Nullable JsonNode input,
    @Nullable String instructions,
    @Nullable String previousResponseId,
    @Nullable Boolean store,
    @Nullable Boolean stream,
    @Nullable Boolean background,
    @Nullable Double temperature,
    @Nullable Double topP,
    @Nullable Integer maxOutputTokens,
    @Nullable JsonNode tools,
    @Nullable JsonNode toolChoice,
    @Nullable Boolean parallelToolCalls,
    @Nullable List<String> include,
    @Nullable Map<String, Object> metadata,
    @Nullable JsonNode text,
    @Nullable JsonNode reasoning,
    @Nullable JsonNode conversation,
    @Nullable JsonNode prompt,
    @Nullable Integer topLogprobs,
    @Nullable String truncation,
    @Nullable Integer maxToolCalls,
    @Nullable Long seed,
    @Nullable Integer topK,
    @Nullable Double minP,
    @Nullable Double typicalP,
    @Nullable Double repetitionPenalty,
    @Nullable JsonNode logitBias,
    @Nullable JsonNode chatTemplateKwargs,
    @Nullable JsonNode engram) {
  private static final String RESULTS = "file_search_call.results";
  private static final String LOGPROBS = "message.output_text.logprobs";
  private static final Set<String> HARMLESS = Set.of(RESULTS, "reasoning.encrypted_content");
  private static final int TOP_LOGPROBS_MAX = 20;

  boolean streamed() {
    return Boolean.TRUE.equals(stream);
  }

  boolean stored() {
    return !Boolean.FALSE.equals(store);
  }

  boolean withResults() {
    return include != null && include.contains(RESULTS);
  }

  Sampling sampling() {
    return new Sampling(
        temperature,
        topP,
        maxOutputTokens,
        List.of(),
        null,
        null,
        seed,
        new Sampling.Further(
            topK, minP, typicalP, repetitionPenalty, Sampling.Further.biases(logitBias)));
  }

  /// For a model of this process.
  LocalRequest local(String name) {
    refuseEverywhere();
    refuse(
        "include",
        include != null
            && !include.stream().allMatch(one -> HARMLESS.contains(one) || one.equals(LOGPROBS)));
    int top = topLogprobs == null ? 0 : topLogprobs;
    if (top < 0 || top > TOP_LOGPROBS_MAX) {
      throw RequestProblem.invalid(
          "top_logprobs", "'top_logprobs' " + top + " is not in [0, " + TOP_LOGPROBS_MAX + "].");
    }
    boolean scored = top > 0 || (include != null && include.contains(LOGPROBS));
    return new LocalRequest(
        name,
        sampling(),
        Formats.read(orMissing(text).get("format"), "text.format"),
        scored ? top : -1,
        EngineOptions.besideMemory(engram));
  }

  ToolSet functions() {
    return ToolSet.read(tools, toolChoice, parallelToolCalls);
  }

  Map<String, Object> switches() {
    return Switches.read(chatTemplateKwargs);
  }

  /// For documents, and for models on other servers.
  void refuseUnsupported() {
    refuseEverywhere();
    refuse("top_logprobs", topLogprobs != null && topLogprobs != 0);
    refuse("include", include != null && !HARMLESS.containsAll(include));
    refuse(
        "text.format",
        given(orMissing(text).get("format"))
            && !orMissing(text).path("format").path("type").asString("").equals("text"));
    refuse(
        "tool_choice",
        given(toolChoice)
            && given(tools)
            && !Set.of("auto", "required").contains(orMissing(toolChoice).asString(""))
            && !orMissing(toolChoice).path("type").asString("").equals("file_search"));
    refuse("chat_template_kwargs", given(chatTemplateKwargs));
    EngineOptions.refuse(engram);
  }

  private void refuseEverywhere() {
    refuse("background", Boolean.TRUE.equals(background));
    refuse("reasoning", given(reasoning));
    refuse("conversation", given(conversation));
    refuse("prompt", given(prompt));
    refuse("truncation", truncation != null && !truncation.equals("disabled"));
    refuse("text.verbosity", given(orMissing(text).get("verbosity")));
    refuse("max_tool_calls", maxToolCalls != null);
  }
}
