package engram.inference;

import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What is asked of a model.
///
/// @param maxTokens of the output at most; 0 reads the prompt only
/// @param stops end the output where they come, and are not part of it
/// @param topLogProbs alternatives listed with each token's score; -1 for no scores
/// @param scorePrompt whether the prompt's tokens are scored too
/// @param draft whether tokens are guessed ahead; changes nothing but the speed
/// @param processors of this request alone, in their order; the format's comes after them
/// @param methods what the cache keeps, how, and what of it is read
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
    return changed(parts -> parts.format = other);
  }

  public GenerationRequest withStops(List<String> others) {
    return changed(parts -> parts.stops = others);
  }

  public GenerationRequest withDraft(boolean other) {
    return changed(parts -> parts.draft = other);
  }

  public GenerationRequest withProcessors(List<LogitsProcessor> others) {
    return changed(parts -> parts.processors = others);
  }

  public GenerationRequest withMethods(CacheMethods others) {
    return changed(parts -> parts.methods = others);
  }

  /// With methods of [Methods#known].
  ///
  /// @throws IllegalArgumentException as of [Methods#choose]
  public GenerationRequest withChoice(MethodChoice choice) {
    return Methods.known().choose(this, choice);
  }

  public GenerationRequest withScores(int top, boolean promptToo) {
    return changed(parts -> {
      parts.topLogProbs = top;
      parts.scorePrompt = promptToo;
    });
  }

  /// @param until when it is worth nothing any more
  public GenerationRequest withCaller(String who, Priority how, @Nullable Instant until) {
    return changed(parts -> {
      parts.tenant = who;
      parts.priority = how;
      parts.deadline = until;
    });
  }

  private GenerationRequest changed(Consumer<Parts> change) {
    Parts parts = new Parts(this);
    change.accept(parts);
    return new GenerationRequest(
        model,
        prompt,
        maxTokens,
        sampling,
        parts.stops,
        parts.format,
        parts.topLogProbs,
        parts.scorePrompt,
        parts.draft,
        parts.processors,
        parts.methods,
        parts.tenant,
        parts.priority,
        parts.deadline);
  }

  /// What may be changed in a copy.
  private static final class Parts {
    private List<String> stops;
    private OutputFormat format;
    private int topLogProbs;
    private boolean scorePrompt;
    private boolean draft;
    private List<LogitsProcessor> processors;
    private CacheMethods methods;
    private String tenant;
    private Priority priority;
    private @Nullable Instant deadline;

    private Parts(GenerationRequest of) {
      stops = of.stops;
      format = of.format;
      topLogProbs = of.topLogProbs;
      scorePrompt = of.scorePrompt;
      draft = of.draft;
      processors = of.processors;
      methods = of.methods;
      tenant = of.tenant;
      priority = of.priority;
      deadline = of.deadline;
    }
  }
}
