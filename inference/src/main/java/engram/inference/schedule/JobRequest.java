package engram.inference.schedule;

import engram.inference.Drafter;
import engram.inference.LogitsProcessor;
import engram.inference.Priority;
import engram.inference.Sampling;
import engram.inference.decode.LogProbs;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One request in the model's tokens.
///
/// @param prompt at least one token
/// @param maxTokens of the output; 0 only scores the prompt
/// @param endTokens end the output, and are not part of its text
/// @param topLogProbs alternatives listed with each token's score; -1 for no scores
/// @param scorePrompt whether the prompt's tokens are scored too; nothing of it is then reused
/// @param tenant who shares fairly with others
/// @param scope whose prefixes may be reused: requests of one scope can tell by the time it takes
///   what others asked
/// @param deadline when it is worth nothing any more
/// @param processors of this request alone, in their order
/// @param drafter of this request alone
@SuppressWarnings("ArrayRecordComponent") // never compared; prompts may be long
public record JobRequest(
    int[] prompt,
    int maxTokens,
    Sampling sampling,
    Set<Integer> endTokens,
    List<String> stops,
    int topLogProbs,
    boolean scorePrompt,
    String tenant,
    String scope,
    Priority priority,
    @Nullable Instant deadline,
    List<LogitsProcessor> processors,
    @Nullable Drafter drafter,
    TextDecoder decoder) {
  public JobRequest {
    if (prompt.length == 0) {
      throw new IllegalArgumentException("the prompt has no token");
    }
    if (maxTokens < 0) {
      throw new IllegalArgumentException("maxTokens " + maxTokens + " < 0");
    }
    if (topLogProbs < -1 || topLogProbs > LogProbs.TOP_MAX) {
      throw new IllegalArgumentException(
          "topLogProbs " + topLogProbs + " is not within [-1, " + LogProbs.TOP_MAX + "]");
    }
    prompt = prompt.clone();
    endTokens = Set.copyOf(endTokens);
    stops = List.copyOf(stops);
    processors = List.copyOf(processors);
  }

  /// A request with nothing but a prompt, for one tenant.
  public static JobRequest of(int[] prompt, int maxTokens, Sampling sampling) {
    return new JobRequest(
        prompt,
        maxTokens,
        sampling,
        Set.of(),
        List.of(),
        -1,
        false,
        "",
        "",
        Priority.NORMAL,
        null,
        List.of(),
        null,
        TextDecoder.SILENT);
  }

  @Override
  public String toString() {
    return "JobRequest[prompt=%d tokens, hash %d, maxTokens=%d, %s]"
        .formatted(prompt.length, Arrays.hashCode(prompt), maxTokens, sampling);
  }
}
