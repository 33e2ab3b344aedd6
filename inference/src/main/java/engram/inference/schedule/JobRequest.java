package engram.inference.schedule;

import engram.inference.CacheMethods;
import engram.inference.Drafter;
import engram.inference.KvPolicy;
import engram.inference.LogitsProcessor;
import engram.inference.Priority;
import engram.inference.Sampling;
import engram.inference.Signal;
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
/// @param companions the models whose scores the processors read, in the order of
///   [LogitsProcessor#companions], one processor's after the other's; used by this engine alone
/// @param drafter of this request alone; not asked where the cache is cut down, as a refused guess
///   could not be taken back
/// @param attention who reads rows of attention; nothing of the prompt is then reused
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
    List<StepModel> companions,
    @Nullable Drafter drafter,
    TextDecoder decoder,
    CacheMethods methods,
    @Nullable AttentionReader attention) {
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
    companions = List.copyOf(companions);
    int wanted = processors.stream().mapToInt(one -> one.companions().size()).sum();
    if (wanted != companions.size()) {
      throw new IllegalArgumentException(
          "the processors read " + wanted + " companions, " + companions.size() + " are given");
    }
  }

  /// Whether it may begin with what others computed, and leave what it computed to others.
  boolean sharesPrefix() {
    return methods.policy() == null && attention == null && !scorePrompt && companions.isEmpty();
  }

  /// With whom.
  Sharing sharing() {
    return new Sharing(scope, methods);
  }

  /// Whether something of its prompt may be left out: nobody asked for the scores or the attention
  /// of all of it.
  boolean maySkip() {
    return attention == null && !scorePrompt && !policyReadsScores() && companions.isEmpty();
  }

  /// Whether its cache wants to know how likely each token was.
  boolean policyReadsScores() {
    KvPolicy policy = methods.policy();
    return policy != null && policy.needs().contains(Signal.LOGPROB);
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
        List.of(),
        null,
        TextDecoder.SILENT,
        CacheMethods.ALL,
        null);
  }

  /// With other methods.
  JobRequest with(CacheMethods others) {
    return new JobRequest(
        prompt,
        maxTokens,
        sampling,
        endTokens,
        stops,
        topLogProbs,
        scorePrompt,
        tenant,
        scope,
        priority,
        deadline,
        processors,
        companions,
        drafter,
        decoder,
        others,
        attention);
  }

  /// A text that is only read, and its attention with it.
  public static JobRequest reading(int[] text, String tenant, AttentionReader attention) {
    return new JobRequest(
        text,
        0,
        Sampling.GREEDY,
        Set.of(),
        List.of(),
        -1,
        false,
        tenant,
        tenant,
        Priority.NORMAL,
        null,
        List.of(),
        List.of(),
        null,
        TextDecoder.SILENT,
        CacheMethods.ALL,
        attention);
  }

  @Override
  public String toString() {
    return "JobRequest[prompt=%d tokens, hash %d, maxTokens=%d, %s]"
        .formatted(prompt.length, Arrays.hashCode(prompt), maxTokens, sampling);
  }
}
