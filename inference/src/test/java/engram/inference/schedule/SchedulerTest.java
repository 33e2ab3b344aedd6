package engram.inference.schedule;

import static engram.inference.schedule.Requests.SEED;
import static engram.inference.schedule.Requests.VOCABULARY;
import static engram.inference.schedule.Requests.drafted;
import static engram.inference.schedule.Requests.random;
import static engram.inference.schedule.Requests.read;
import static engram.inference.schedule.Requests.settings;
import static engram.inference.schedule.Requests.slow;
import static engram.inference.schedule.Requests.with;
import static org.assertj.core.api.Assertions.assertThat;

import engram.inference.CacheMethods;
import engram.inference.Drafter;
import engram.inference.EngineStatus.TenantLoad;
import engram.inference.FinishReason;
import engram.inference.Generation;
import engram.inference.GenerationEvent;
import engram.inference.LogitsProcessor;
import engram.inference.Priority;
import engram.inference.Sampling;
import engram.inference.ScheduleSettings;
import engram.inference.TokenScore;
import engram.inference.decode.LogProbs;
import engram.inference.decode.Sampler;
import engram.inference.decode.SuffixDrafter;
import engram.inference.schedule.Requests.Told;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SchedulerTest {
  private static Scheduler scheduler(HashChainModel model, ScheduleSettings settings) {
    return new Scheduler(model, settings, () -> Instant.EPOCH, () -> {});
  }

  /// Batched = single, cached = uncached, shared = recomputed, chunked = whole, drafted =
  /// undrafted, preempted = undisturbed; and no page is lost, whatever is cancelled when.
  @Test
  void anyScheduleGivesTheTokensOfEachRequestAlone() throws Exception {
    Random random = new Random(SEED);
    for (int round = 0; round < 60; round++) {
      int context = 24 + random.nextInt(40);
      int pageTokens = 1 + random.nextInt(5);
      int pages = (context + pageTokens - 1) / pageTokens * (1 + random.nextInt(4)) + 1;
      HashChainModel model = new HashChainModel(VOCABULARY, context, pageTokens, pages);
      int tokensPerStep = 4 + random.nextInt(30);
      ScheduleSettings settings =
          settings(tokensPerStep, 1 + random.nextInt(4), random.nextInt(4) > 0);
      Scheduler scheduler = scheduler(model, settings);
      List<int[]> prefixes =
          List.of(
              new int[0],
              random.ints(random.nextInt(12), 0, VOCABULARY).toArray(),
              random.ints(10, 0, 2).toArray());
      SuffixDrafter.Outputs outputs = new SuffixDrafter.Outputs(100);
      List<JobRequest> requests = new ArrayList<>();
      List<Generation> generations = new ArrayList<>();
      Map<Integer, List<Integer>> told = new TreeMap<>();
      Map<Integer, GenerationEvent.End> ends = new TreeMap<>();
      Set<Integer> cancelled = new java.util.HashSet<>();
      int idle = 0;
      for (int step = 0; idle < 3; step++) {
        assertThat(step).as("-Dseed=%d, round %d: steps", SEED, round).isLessThan(5000);
        if (requests.size() < 12 && random.nextInt(3) == 0) {
          Drafter drafter =
              random.nextBoolean()
                  ? new SuffixDrafter(new SuffixDrafter.Settings(2, 1, 0.01), outputs)
                  : null;
          JobRequest request =
              drafted(
                  with(
                      random(random, prefixes, context),
                      "tenant " + random.nextInt(2),
                      Priority.values()[random.nextInt(3)],
                      null),
                  drafter,
                  random.nextBoolean() ? Set.of(3) : Set.of());
          requests.add(request);
          generations.add(scheduler.submit(request));
        }
        if (!requests.isEmpty() && random.nextInt(40) == 0) {
          int which = random.nextInt(requests.size());
          generations.get(which).cancel();
          cancelled.add(which);
        }
        boolean worked = scheduler.step();
        for (int i = 0; i < generations.size(); i++) {
          if (!ends.containsKey(i) && (!worked || random.nextInt(3) == 0)) {
            Told more = read(generations.get(i));
            told.computeIfAbsent(i, k -> new ArrayList<>()).addAll(more.tokens());
            if (more.end() != null) {
              ends.put(i, more.end());
            }
          }
        }
        idle = worked || requests.size() < 12 ? 0 : idle + 1;
      }
      for (int i = 0; i < requests.size(); i++) {
        String how =
            "-Dseed=%d, round %d, request %d: %s, %s"
                .formatted(SEED, round, i, requests.get(i), ends.get(i));
        List<Integer> expected = slow(model, requests.get(i));
        assertThat(ends).as(how).containsKey(i);
        if (ends.get(i).reason() == FinishReason.CANCELLED) {
          assertThat(cancelled).as(how).contains(i);
          assertThat(expected.subList(0, Math.min(expected.size(), told.get(i).size())))
              .as(how)
              .isEqualTo(told.get(i));
        } else if (!ends.get(i).message().equals("the cache is full")) {
          assertThat(told.get(i)).as(how).isEqualTo(expected);
        }
        assertThat(ends.get(i).usage().outputTokens()).as(how).isEqualTo(told.get(i).size());
      }
      scheduler.close();
      assertThat(model.pagesFree()).as("-Dseed=%d, round %d: pages", SEED, round).isEqualTo(pages);
    }
  }

  @Test
  void aPrefixThatWasComputedIsNotComputedAgain() throws Exception {
    HashChainModel model = new HashChainModel(VOCABULARY, 200, 4, 100);
    Scheduler scheduler = scheduler(model, settings(64, 4, true));
    int[] prompt = new Random(SEED).ints(41, 0, VOCABULARY).toArray();
    Generation first = scheduler.submit(JobRequest.of(prompt, 3, Sampling.GREEDY));
    while (scheduler.step()) {}
    long computed = model.computedTokens;
    Generation second = scheduler.submit(JobRequest.of(prompt, 3, Sampling.GREEDY));
    while (scheduler.step()) {}
    Told secondTold = read(second);
    assertThat(secondTold.tokens()).isEqualTo(read(first).tokens());
    assertThat(secondTold.end().usage().cachedTokens()).isEqualTo(40);
    assertThat(model.computedTokens - computed).isEqualTo(1 + 2);
    JobRequest stranger =
        with(JobRequest.of(prompt, 3, Sampling.GREEDY), "other", Priority.NORMAL, null);
    Generation third = scheduler.submit(stranger);
    while (scheduler.step()) {}
    assertThat(read(third).end().usage().cachedTokens()).isZero();
  }

  @Test
  void everyPageIsSomeTenants() throws Exception {
    HashChainModel model = new HashChainModel(VOCABULARY, 200, 4, 100);
    Scheduler scheduler = scheduler(model, settings(64, 4, true));
    Random random = new Random(SEED);
    int[] prompt = random.ints(41, 0, VOCABULARY).toArray();
    long read = 0;
    for (String tenant : List.of("one", "other", "one")) {
      int[] longer = Arrays.copyOf(prompt, prompt.length + random.nextInt(9));
      // All begin alike, and none computes what another has.
      longer[40] = (int) (read / 7);
      Generation generation =
          scheduler.submit(
              with(JobRequest.of(longer, 7, Sampling.GREEDY), tenant, Priority.NORMAL, null));
      do {
        Scheduler.Load load = scheduler.load(true);
        assertThat(load.tenants().stream().mapToInt(TenantLoad::pages).sum())
            .as("-Dseed=%d", SEED)
            .isEqualTo(model.pagesTotal() - model.pagesFree());
      } while (scheduler.step());
      assertThat(scheduler.load(true).batchTokens()).isZero();
      assertThat(scheduler.load(true).tokensWritten()).isEqualTo(read += 7);
      assertThat(read(generation).tokens()).hasSize(7);
    }
    Scheduler.Load load = scheduler.load(true);
    assertThat(load.tenants()).extracting(TenantLoad::tenant).containsExactly("one", "other");
    assertThat(load.tokensRead()).isEqualTo(model.computedTokens);
  }

  @Test
  void draftsSavePassesWhereTheTextRepeats() throws Exception {
    // A processor that makes the output periodic, so that there is something to guess.
    LogitsProcessor periodic =
        new LogitsProcessor() {
          @Override
          public String name() {
            return "periodic";
          }

          @Override
          public void apply(float[] scores, StepView step) {
            Arrays.fill(scores, Float.NEGATIVE_INFINITY);
            scores[step.position() % 5] = 0;
          }
        };
    int[] passes = new int[2];
    List<List<Integer>> outputs = new ArrayList<>();
    for (int drafting = 0; drafting < 2; drafting++) {
      HashChainModel model = new HashChainModel(VOCABULARY, 200, 4, 100);
      Scheduler scheduler = scheduler(model, settings(64, 4, true));
      Drafter drafter =
          drafting == 0
              ? null
              : new SuffixDrafter(SuffixDrafter.Settings.OF_PAPER, new SuffixDrafter.Outputs(1000));
      JobRequest request =
          new JobRequest(
              new int[] {1, 2},
              60,
              Sampling.GREEDY,
              Set.of(),
              List.of(),
              -1,
              false,
              "",
              "",
              Priority.NORMAL,
              null,
              List.of(periodic),
              List.of(),
              drafter,
              TextDecoder.SILENT,
              CacheMethods.ALL,
              null);
      Generation generation = scheduler.submit(request);
      while (scheduler.step()) {}
      Told told = read(generation);
      outputs.add(told.tokens());
      passes[drafting] = model.passes;
      assertThat(told.end().usage().acceptedTokens()).isEqualTo(60 - model.passes);
    }
    assertThat(outputs.get(1)).isEqualTo(outputs.get(0)).hasSize(60);
    assertThat(passes[1]).isLessThan(passes[0] / 3);
  }

  @Test
  void drawingUnderDraftsKeepsTheDistribution() throws Exception {
    // One fixed context, many seeds: the second token's counts against its true probabilities.
    HashChainModel model = new HashChainModel(4, 64, 4, 1000);
    int[] prompt = {0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1};
    double[] expected = new double[4];
    float[] first = model.scoresAfter(prompt, prompt.length);
    double firstNorm = LogProbs.logSumExp(first);
    for (int a = 0; a < 4; a++) {
      int[] after = Arrays.copyOf(prompt, prompt.length + 1);
      after[prompt.length] = a;
      float[] second = model.scoresAfter(after, after.length);
      double norm = LogProbs.logSumExp(second);
      for (int b = 0; b < 4; b++) {
        expected[b] += Math.exp(first[a] - firstNorm + second[b] - norm);
      }
    }
    Scheduler scheduler = scheduler(model, settings(64, 8, true));
    int draws = 4000;
    int[] counts = new int[4];
    long accepted = 0;
    for (int i = 0; i < draws; i++) {
      Generation generation =
          scheduler.submit(
              drafted(
                  JobRequest.of(prompt, 4, Sampling.at(1, i)),
                  new SuffixDrafter(SuffixDrafter.Settings.OF_PAPER, new SuffixDrafter.Outputs(0)),
                  Set.of()));
      while (scheduler.step()) {}
      Told told = read(generation);
      counts[told.tokens().get(1)]++;
      accepted += told.end().usage().acceptedTokens();
    }
    assertThat(accepted).isPositive();
    double chiSquare = 0;
    for (int b = 0; b < 4; b++) {
      double mean = expected[b] * draws;
      chiSquare += (counts[b] - mean) * (counts[b] - mean) / mean;
    }
    // Three degrees of freedom: beyond 21 lies one in ten thousand. Seeds are fixed.
    assertThat(chiSquare).isLessThan(21.1);
  }

  @Test
  void promptsAreScoredAsTheWholeTextWould() throws Exception {
    HashChainModel model = new HashChainModel(VOCABULARY, 100, 4, 100);
    Scheduler scheduler = scheduler(model, settings(7, 2, true));
    int[] prompt = new Random(SEED).ints(30, 0, VOCABULARY).toArray();
    JobRequest plain = JobRequest.of(prompt, 0, Sampling.GREEDY);
    Generation generation =
        scheduler.submit(
            new JobRequest(
                prompt,
                0,
                Sampling.GREEDY,
                Set.of(),
                List.of(),
                2,
                true,
                "",
                "",
                Priority.NORMAL,
                null,
                List.of(),
                List.of(),
                null,
                TextDecoder.SILENT,
                CacheMethods.ALL,
                null));
    while (scheduler.step()) {}
    List<TokenScore> scores =
        ((GenerationEvent.PromptScored) generation.next(Duration.ZERO)).scores();
    assertThat(scores).hasSize(29);
    for (int i = 1; i < prompt.length; i++) {
      assertThat(scores.get(i - 1))
          .isEqualTo(LogProbs.of(model.scoresAfter(prompt, i), prompt[i], 2));
    }
    assertThat(read(generation).end().reason()).isEqualTo(FinishReason.LENGTH);
    assertThat(plain.maxTokens()).isZero();
  }

  @Test
  void companionsReadTheSameTokensInStep() throws Exception {
    // Whatever is drafted, cut or preempted, the arithmetic sees the whole text's scores.
    HashChainModel big = new HashChainModel(VOCABULARY, 200, 4, 40);
    HashChainModel expert = new HashChainModel(VOCABULARY, 200, 8, 60);
    HashChainModel plain = new HashChainModel(VOCABULARY, 200, 8, 60);
    Scheduler scheduler = scheduler(big, settings(7, 3, true));
    List<Generation> generations = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      generations.add(
          scheduler.submit(
              new JobRequest(
                  new int[] {1, 2, 3, 4, 5, 6, 7, i, 1, 2, 3, 4},
                  30,
                  Sampling.at(1, i),
                  Set.of(),
                  List.of(),
                  -1,
                  false,
                  "",
                  "",
                  Priority.NORMAL,
                  null,
                  List.of(new ShiftedChain()),
                  List.of(expert, plain),
                  new SuffixDrafter(
                      new SuffixDrafter.Settings(2, 2, 0.01), new SuffixDrafter.Outputs(0)),
                  TextDecoder.SILENT,
                  CacheMethods.ALL,
                  null)));
    }
    while (scheduler.step()) {}
    for (int i = 0; i < 4; i++) {
      int[] tokens = Arrays.copyOf(new int[] {1, 2, 3, 4, 5, 6, 7, i, 1, 2, 3, 4}, 42);
      List<Integer> expected = new ArrayList<>();
      for (int length = 12; length < 42; length++) {
        float[] scores = big.scoresAfter(tokens, length);
        float[] other = expert.scoresAfter(tokens, length);
        for (int token = 0; token < VOCABULARY; token++) {
          scores[token] += 3 * (other[(token + 1) % VOCABULARY] - other[token]);
        }
        tokens[length] = new Sampler(Sampling.at(1, i)).sample(scores, length);
        expected.add(tokens[length]);
      }
      assertThat(read(generations.get(i)).tokens()).as("request %d", i).isEqualTo(expected);
    }
    scheduler.close();
    assertThat(List.of(big.pagesFree(), expert.pagesFree(), plain.pagesFree()))
        .containsExactly(40, 60, 60);
  }

  /// Reads one companion's scores shifted by a token, and the other's as they are.
  private static final class ShiftedChain implements LogitsProcessor {
    @Override
    public String name() {
      return "shifted";
    }

    @Override
    public List<String> companions() {
      return List.of("expert", "plain");
    }

    @Override
    public void apply(float[] scores, StepView step) {
      float[] expert = step.companions().get(0);
      float[] plain = step.companions().get(1);
      for (int token = 0; token < scores.length; token++) {
        scores[token] += 3 * (expert[(token + 1) % scores.length] - plain[token]);
      }
    }
  }
}
