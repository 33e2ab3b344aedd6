package engram.inference.schedule;

import engram.inference.Drafter;
import engram.inference.Generation;
import engram.inference.GenerationEvent;
import engram.inference.Priority;
import engram.inference.Sampling;
import engram.inference.ScheduleSettings;
import engram.inference.decode.Sampler;
import engram.inference.decode.TokenCounts;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Requests to a [HashChainModel], what they must say, and what they were told.
final class Requests {
  static final long SEED = Long.getLong("seed", System.nanoTime());
  static final int VOCABULARY = 11;

  private Requests() {}

  static ScheduleSettings settings(int tokens, int sequences, boolean share) {
    return new ScheduleSettings(
        tokens, sequences, 10_000, 10_000, tokens, 6, 256, Duration.ofMinutes(1), share);
  }

  /// What a request must say, token by token over the whole text: no cache, batch or draft.
  static List<Integer> slow(HashChainModel model, JobRequest request) {
    int[] tokens = Arrays.copyOf(request.prompt(), model.contextWindow() + 1);
    int length = request.prompt().length;
    TokenCounts counts = new TokenCounts(request.prompt());
    Sampler sampler = new Sampler(request.sampling());
    List<Integer> output = new ArrayList<>();
    while (output.size() < request.maxTokens() && length < model.contextWindow()) {
      float[] scores = model.scoresAfter(tokens, length);
      sampler.adjust(scores, counts);
      int token = sampler.sample(scores, length);
      counts.add(token);
      tokens[length++] = token;
      output.add(token);
      if (request.endTokens().contains(token)) {
        break;
      }
    }
    return output;
  }

  static JobRequest with(
      JobRequest request, String tenant, Priority priority, @Nullable Instant deadline) {
    return new JobRequest(
        request.prompt(),
        request.maxTokens(),
        request.sampling(),
        request.endTokens(),
        request.stops(),
        request.topLogProbs(),
        request.scorePrompt(),
        tenant,
        tenant,
        priority,
        deadline,
        request.processors(),
        request.companions(),
        request.drafter(),
        request.decoder(),
        request.methods(),
        request.attention());
  }

  static JobRequest drafted(JobRequest request, @Nullable Drafter drafter, Set<Integer> ends) {
    return new JobRequest(
        request.prompt(),
        request.maxTokens(),
        request.sampling(),
        ends,
        request.stops(),
        request.topLogProbs(),
        request.scorePrompt(),
        request.tenant(),
        request.scope(),
        request.priority(),
        request.deadline(),
        request.processors(),
        request.companions(),
        drafter,
        request.decoder(),
        request.methods(),
        request.attention());
  }

  record Told(List<Integer> tokens, GenerationEvent.@Nullable End end) {}

  static Told read(Generation generation) throws InterruptedException {
    List<Integer> tokens = new ArrayList<>();
    while (true) {
      GenerationEvent event = generation.next(Duration.ZERO);
      switch (event) {
        case null -> {
          return new Told(tokens, null);
        }
        case GenerationEvent.Token token -> tokens.add(token.token());
        case GenerationEvent.End end -> {
          return new Told(tokens, end);
        }
        case GenerationEvent.PromptScored _ -> {}
      }
    }
  }

  static JobRequest random(Random random, List<int[]> prefixes, int context) {
    int[] prefix = prefixes.get(random.nextInt(prefixes.size()));
    int own = 1 + random.nextInt(8);
    int[] prompt = Arrays.copyOf(prefix, prefix.length + own);
    for (int i = prefix.length; i < prompt.length; i++) {
      prompt[i] = random.nextInt(VOCABULARY);
    }
    Sampling sampling =
        random.nextBoolean()
            ? Sampling.GREEDY
            : Sampling.at(random.nextFloat() + 0.1f, random.nextLong())
                .withTopK(random.nextInt(5))
                .withPenalties(1 + random.nextFloat(), 0.1f, random.nextFloat());
    return JobRequest.of(prompt, 1 + random.nextInt(context), sampling);
  }
}
