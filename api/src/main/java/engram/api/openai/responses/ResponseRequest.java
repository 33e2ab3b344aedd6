package engram.api.openai.responses;

import static engram.api.openai.RequestFields.given;
import static engram.api.openai.RequestFields.orMissing;
import static engram.api.openai.RequestFields.refuse;

import engram.api.openai.Sampling;
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
    @Nullable JsonNode engram) {
  private static final String RESULTS = "file_search_call.results";
  private static final Set<String> HARMLESS = Set.of(RESULTS, "reasoning.encrypted_content");

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
    return new Sampling(temperature, topP, maxOutputTokens, List.of(), null, null, null);
  }

  void refuseUnsupported() {
    refuse("background", Boolean.TRUE.equals(background));
    refuse("reasoning", given(reasoning));
    refuse("conversation", given(conversation));
    refuse("prompt", given(prompt));
    refuse("top_logprobs", topLogprobs != null && topLogprobs != 0);
    refuse("truncation", truncation != null && !truncation.equals("disabled"));
    refuse("include", include != null && !HARMLESS.containsAll(include));
    refuse(
        "text.format",
        given(orMissing(text).get("format"))
            && !orMissing(text).path("format").path("type").asString("").equals("text"));
    refuse("text.verbosity", given(orMissing(text).get("verbosity")));
    refuse("max_tool_calls", maxToolCalls != null);
    refuse(
        "tool_choice",
        given(toolChoice)
            && given(tools)
            && !Set.of("auto", "required").contains(orMissing(toolChoice).asString(""))
            && !orMissing(toolChoice).path("type").asString("").equals("file_search"));
  }
}
