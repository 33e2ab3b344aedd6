package engram.inference.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import engram.inference.CacheMethods;
import engram.inference.FinishReason;
import engram.inference.Generation;
import engram.inference.GenerationEvent;
import engram.inference.PromptPlanner;
import engram.inference.Sampling;
import engram.inference.ScheduleSettings;
import engram.inference.policy.DensePattern;
import engram.inference.policy.PrefixReuse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What the planner says of a prompt is what is computed of it.
class PlannedPromptsTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());
  private static final int VOCABULARY = 11;

  private static Scheduler scheduler(HashChainModel model, PromptPlanner planner, int tokens) {
    return new Scheduler(
        model,
        new ScheduleSettings(tokens, 3, 99, 99, tokens, 4, 99, Duration.ofMinutes(1), true),
        planner,
        () -> Instant.EPOCH,
        () -> {});
  }

  private static JobRequest request(int[] prompt, int tokens) {
    return JobRequest.of(prompt, tokens, Sampling.GREEDY);
  }

  private static int[] prompt(int tokens) {
    return new Random(SEED).ints(tokens, 0, VOCABULARY).toArray();
  }

  private static List<Integer> read(Generation generation) throws InterruptedException {
    List<Integer> tokens = new ArrayList<>();
    while (true) {
      switch (generation.next(Duration.ZERO)) {
        case GenerationEvent.Token token -> tokens.add(token.token());
        case GenerationEvent.End end -> {
          assertThat(end.reason()).as(end.message()).isEqualTo(FinishReason.LENGTH);
          return tokens;
        }
        case null -> throw new AssertionError("the request has not ended");
        case GenerationEvent.PromptScored _ -> {}
      }
    }
  }

  private static List<Integer> greedy(HashChainModel model, int[] text, int count) {
    int[] tokens = Arrays.copyOf(text, text.length + count);
    for (int length = text.length; length < tokens.length; length++) {
      float[] scores = model.scoresAfter(tokens, length);
      int best = 0;
      for (int i = 1; i < scores.length; i++) {
        best = scores[i] > scores[best] ? i : best;
      }
      tokens[length] = best;
    }
    return IntStream.range(text.length, tokens.length).mapToObj(i -> tokens[i]).toList();
  }

  @Test
  void whatTwoPromptsBeginWithIsComputedByTheFirst() throws Exception {
    HashChainModel model = new HashChainModel(VOCABULARY, 200, 4, 200);
    Scheduler scheduler = scheduler(model, new PrefixReuse(), 16);
    int[] one = prompt(80);
    int[] other = Arrays.copyOf(one, 70);
    other[60] = (other[60] + 1) % VOCABULARY;
    // The one waits for the other's 60 tokens, then both go on side by side.
    Generation first = scheduler.submit(request(one, 5));
    Generation second = scheduler.submit(request(other, 5));
    while (scheduler.step()) {}
    assertThat(read(first)).isEqualTo(greedy(model, one, 5));
    assertThat(read(second)).isEqualTo(greedy(model, other, 5));
    assertThat(model.computedTokens).isEqualTo(80 + 4 + 10 + 4);
    scheduler.close();
    assertThat(model.pagesFree()).isEqualTo(200);
  }

  @Test
  void whoeverWaitsForAnothersPromptGoesOnWhenThatEnds() throws Exception {
    HashChainModel model = new HashChainModel(VOCABULARY, 200, 4, 200);
    Scheduler scheduler = scheduler(model, new PrefixReuse(), 16);
    int[] prompt = prompt(80);
    Generation first = scheduler.submit(request(prompt, 5));
    Generation second = scheduler.submit(request(prompt, 5));
    scheduler.step();
    first.cancel();
    while (scheduler.step()) {}
    assertThat(read(second)).isEqualTo(greedy(model, prompt, 5));
    scheduler.close();
    assertThat(model.pagesFree()).isEqualTo(200);
  }

  @Test
  void othersMethodsAreAnotherCache() throws Exception {
    HashChainModel model = new HashChainModel(VOCABULARY, 200, 4, 200);
    Scheduler scheduler = scheduler(model, new PrefixReuse(), 16);
    int[] prompt = prompt(40);
    JobRequest plain = request(prompt, 1);
    JobRequest dense = request(prompt, 1).with(CacheMethods.ALL.withPattern(new DensePattern()));
    for (JobRequest request : List.of(plain, dense, plain, dense)) {
      scheduler.submit(request);
      while (scheduler.step()) {}
    }
    // The first of each computes all of it, the second what does not fill a page, and the last.
    assertThat(model.computedTokens).isEqualTo(40 + 40 + 4 + 4);
    scheduler.close();
    assertThat(model.pagesFree()).isEqualTo(200);
  }

  /// Leaves out the middle of prompts that are longer than both ends.
  private record Ends(int first, int last) implements PromptPlanner {
    @Override
    public String name() {
      return "ends";
    }

    @Override
    public List<Plan> plan(List<Prompt> prompts, Catalog catalog) {
      return prompts.stream().map(prompt -> plan(prompt.tokens().length)).toList();
    }

    private Plan plan(int length) {
      return length <= first + last
          ? new Plan(List.of(new Segment.Compute(0, length)))
          : new Plan(
              List.of(
                  new Segment.Compute(0, first),
                  new Segment.Skip(first, length - last),
                  new Segment.Compute(length - last, length)));
    }
  }

  @Test
  void whatIsSkippedIsNotComputed() throws Exception {
    for (int step : new int[] {3, 7, 100}) {
      HashChainModel model = new HashChainModel(VOCABULARY, 200, 4, 200);
      Scheduler scheduler = scheduler(model, new Ends(5, 6), step);
      int[] prompt = prompt(90);
      int[] seen = Arrays.copyOf(prompt, 11);
      System.arraycopy(prompt, 84, seen, 5, 6);
      Generation generation = scheduler.submit(request(prompt, 6));
      Generation beside = scheduler.submit(request(Arrays.copyOf(prompt, 9), 6));
      while (scheduler.step()) {}
      assertThat(read(generation)).as("-Dseed=%d", SEED).isEqualTo(greedy(model, seen, 6));
      assertThat(read(beside)).isEqualTo(greedy(model, Arrays.copyOf(prompt, 9), 6));
      assertThat(model.computedTokens).isEqualTo(11 + 5 + 9 + 5);
      scheduler.close();
      assertThat(model.pagesFree()).isEqualTo(200);
    }
  }
}
