package engram.api.openai.completions;

import static engram.api.openai.RequestFields.given;
import static engram.api.openai.RequestFields.refuse;

import engram.api.openai.RequestProblem;
import engram.api.openai.Sampling;
import engram.api.openai.local.EngineOptions;
import engram.api.openai.local.Formats;
import engram.api.openai.local.LocalRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A request to `/v1/completions`. As in chat, fields that are not here are ignored and those that
/// are here and unsupported are refused.
///
/// @param prompt a text, several, or tokens of the model
/// @param echo whether the reply begins with the prompt, and its scores with the prompt's
/// @param logprobs how many alternatives are listed with each token
record CompletionRequest(
    @Nullable String model,
    @Nullable JsonNode prompt,
    @Nullable Boolean stream,
    @Nullable StreamOptions streamOptions,
    @Nullable Integer maxTokens,
    @Nullable Double temperature,
    @Nullable Double topP,
    @Nullable Integer topK,
    @Nullable Double minP,
    @Nullable Double typicalP,
    @Nullable Double repetitionPenalty,
    @Nullable Double presencePenalty,
    @Nullable Double frequencyPenalty,
    @Nullable Long seed,
    @Nullable JsonNode stop,
    @Nullable JsonNode logitBias,
    @Nullable Integer logprobs,
    @Nullable Boolean echo,
    @Nullable Integer n,
    @Nullable Integer bestOf,
    @Nullable String suffix,
    @Nullable JsonNode responseFormat,
    @Nullable JsonNode engram) {
  private static final int TOKENS_DEFAULT = 16;
  private static final int PROMPTS_MAX = 64;
  private static final int CHARS_MAX = 8_000_000;
  private static final int LOGPROBS_MAX = 20;

  record StreamOptions(@Nullable Boolean includeUsage) {}

  /// A text, or tokens.
  ///
  /// @param tokens null for a text
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Prompted(String text, int @Nullable [] tokens) {}

  boolean streamed() {
    return Boolean.TRUE.equals(stream);
  }

  boolean withUsage() {
    return streamOptions != null && Boolean.TRUE.equals(streamOptions.includeUsage());
  }

  boolean echoed() {
    return Boolean.TRUE.equals(echo);
  }

  boolean scored() {
    return logprobs != null;
  }

  /// Of the prompt alone, nothing is to be said.
  boolean readOnly() {
    return maxTokens != null && maxTokens == 0;
  }

  LocalRequest local(String name) {
    refuse("n", n != null && n != 1);
    refuse("best_of", bestOf != null && bestOf != 1);
    refuse("suffix", suffix != null && !suffix.isEmpty());
    refuse("echo", echoed() && streamed());
    int top = logprobs == null ? -1 : logprobs;
    if (top < -1 || top > LOGPROBS_MAX) {
      throw RequestProblem.invalid(
          "logprobs", "'logprobs' " + top + " is not in [0, " + LOGPROBS_MAX + "].");
    }
    if (readOnly() && !echoed()) {
      throw RequestProblem.invalid("max_tokens", "'max_tokens' 0 goes with 'echo': true.");
    }
    return new LocalRequest(
        name,
        sampling(),
        Formats.read(responseFormat, "response_format"),
        top,
        EngineOptions.read(engram));
  }

  private Sampling sampling() {
    Integer tokens = maxTokens == null ? Integer.valueOf(TOKENS_DEFAULT) : maxTokens;
    return new Sampling(
        temperature,
        topP,
        readOnly() ? null : tokens,
        Sampling.stops(stop),
        presencePenalty,
        frequencyPenalty,
        seed,
        new Sampling.Further(
            topK, minP, typicalP, repetitionPenalty, Sampling.Further.biases(logitBias)));
  }

  List<Prompted> prompts() {
    if (prompt == null || !given(prompt)) {
      throw RequestProblem.missing("prompt");
    }
    List<Prompted> prompts = new ArrayList<>();
    if (prompt.isString()) {
      prompts.add(new Prompted(prompt.stringValue(), null));
    } else if (prompt.isArray() && prompt.get(0).isIntegralNumber()) {
      prompts.add(tokens(prompt));
    } else if (prompt.isArray() && prompt.size() <= PROMPTS_MAX) {
      for (JsonNode one : prompt) {
        prompts.add(one.isString() ? new Prompted(one.stringValue(), null) : tokens(one));
      }
    }
    if (prompts.isEmpty()) {
      throw RequestProblem.invalid(
          "prompt",
          "'prompt' is a string, an array of 1 to " + PROMPTS_MAX + " strings, or tokens.");
    }
    if (prompts.stream().mapToLong(one -> one.text().length()).sum() > CHARS_MAX) {
      throw RequestProblem.invalid("prompt", "More than " + CHARS_MAX + " characters.");
    }
    refuse("prompt", streamed() && prompts.size() > 1);
    return prompts;
  }

  private static Prompted tokens(JsonNode ids) {
    int[] tokens = new int[ids.size()];
    for (int i = 0; i < tokens.length; i++) {
      if (!ids.get(i).isInt()) {
        throw RequestProblem.invalid("prompt", "Tokens are whole numbers.");
      }
      tokens[i] = ids.get(i).intValue();
    }
    if (tokens.length == 0) {
      throw RequestProblem.invalid("prompt", "A prompt has at least one token.");
    }
    return new Prompted("", tokens);
  }
}
