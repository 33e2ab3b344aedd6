package engram.inference;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is asked of a model.
///
/// @param maxTokens of the output at most; 0 reads the prompt only
/// @param stops end the output where they come, and are not part of it
/// @param topLogProbs alternatives listed with each token's score; -1 for no scores
/// @param scorePrompt whether the prompt's tokens are scored too
/// @param draft whether tokens are guessed ahead; changes nothing but the speed
/// @param processors of this request alone, in their order; the format's comes after them
/// @param methods what the cache keeps
/// @param tenant shares fairly with other tenants, and sees nothing of their prefixes
/// @param deadline when the answer is worth nothing any more
public record GenerationRequest(
    String model,
    Prompt prompt,
    int maxTokens,
    Sampling sampling,
    List<String> stops,
    OutputFormat format,
    int topLogProbs,
    boolean scorePrompt,
    boolean draft,
    List<LogitsProcessor> processors,
    CacheMethods methods,
    String tenant,
    Priority priority,
    @Nullable Instant deadline) {
  public GenerationRequest {
    stops = List.copyOf(stops);
    processors = List.copyOf(processors);
  }

  /// A request with the usual choices.
  public static GenerationRequest of(
      String model, Prompt prompt, int maxTokens, Sampling sampling) {
    return new GenerationRequest(
        model,
        prompt,
        maxTokens,
        sampling,
        List.of(),
        OutputFormat.FREE,
        -1,
        false,
        true,
        List.of(),
        CacheMethods.ALL,
        "",
        Priority.NORMAL,
        null);
  }

  public GenerationRequest withFormat(OutputFormat other) {
    return new GenerationRequest(
        model,
        prompt,
        maxTokens,
        sampling,
        stops,
        other,
        topLogProbs,
        scorePrompt,
        draft,
        processors,
        methods,
        tenant,
        priority,
        deadline);
  }

  public GenerationRequest withStops(List<String> others) {
    return new GenerationRequest(
        model,
        prompt,
        maxTokens,
        sampling,
        others,
        format,
        topLogProbs,
        scorePrompt,
        draft,
        processors,
        methods,
        tenant,
        priority,
        deadline);
  }

  public GenerationRequest withProcessors(List<LogitsProcessor> others) {
    return new GenerationRequest(
        model,
        prompt,
        maxTokens,
        sampling,
        stops,
        format,
        topLogProbs,
        scorePrompt,
        draft,
        others,
        methods,
        tenant,
        priority,
        deadline);
  }

  public GenerationRequest withMethods(CacheMethods others) {
    return new GenerationRequest(
        model,
        prompt,
        maxTokens,
        sampling,
        stops,
        format,
        topLogProbs,
        scorePrompt,
        draft,
        processors,
        others,
        tenant,
        priority,
        deadline);
  }

  public GenerationRequest withDraft(boolean ahead) {
    return new GenerationRequest(
        model,
        prompt,
        maxTokens,
        sampling,
        stops,
        format,
        topLogProbs,
        scorePrompt,
        ahead,
        processors,
        methods,
        tenant,
        priority,
        deadline);
  }

  public GenerationRequest withScores(int top, boolean promptToo) {
    return new GenerationRequest(
        model,
        prompt,
        maxTokens,
        sampling,
        stops,
        format,
        top,
        promptToo,
        draft,
        processors,
        methods,
        tenant,
        priority,
        deadline);
  }

  /// @param until when it is worth nothing any more
  public GenerationRequest withCaller(String who, Priority how, @Nullable Instant until) {
    return new GenerationRequest(
        model,
        prompt,
        maxTokens,
        sampling,
        stops,
        format,
        topLogProbs,
        scorePrompt,
        draft,
        processors,
        methods,
        who,
        how,
        until);
  }
}
