package engram.inference.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.inference.CacheMethods;
import engram.inference.Drafter;
import engram.inference.EngineStatus.TenantLoad;
import engram.inference.FinishReason;
import engram.inference.Generation;
import engram.inference.GenerationEvent;
import engram.inference.LogitsProcessor;
import engram.inference.OverloadedException;
import engram.inference.Priority;
import engram.inference.Sampling;
import engram.inference.ScheduleSettings;
import engram.inference.TokenScore;
import engram.inference.decode.LogProbs;
import engram.inference.decode.Sampler;
import engram.inference.decode.SuffixDrafter;
import engram.inference.decode.TokenCounts;
import engram.inference.policy.SnapKv;
import engram.inference.policy.SurprisingTokens;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SchedulerTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());
  private static final int VOCABULARY = 11;

  private Instant now = Instant.EPOCH;

  private static ScheduleSettings settings(int tokens, int sequences, boolean share) {
    return new ScheduleSettings(
        tokens, sequences, 10_000, 10_000, tokens, 6, 256, Duration.ofMinutes(1), share);
  }

  private Scheduler scheduler(HashChainModel model, ScheduleSettings settings) {
    return new Scheduler(model, settings, () -> now, () -> {});
  }

  /// What a request must say, token by token over the whole text: no cache, batch or draft.
  private static List<Integer> slow(HashChainModel model, JobRequest request) {
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

  private static JobRequest with(
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

  private static JobRequest drafted(
      JobRequest request, @Nullable Drafter drafter, Set<Integer> ends) {
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

  private record Told(List<Integer> tokens, GenerationEvent.@Nullable End end) {}

  private static Told read(Generation generation) throws InterruptedException {
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

  private static JobRequest random(Random random, List<int[]> prefixes, int context) {
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
  void aPolicyThatReadsSurpriseIsToldThatOfEveryToken() throws Exception {
    HashChainModel model = new HashChainModel(VOCABULARY, 100, 4, 100);
    Scheduler scheduler = scheduler(model, settings(7, 2, true));
    int[] prompt = new Random(SEED).ints(20, 0, VOCABULARY).toArray();
    Generation generation =
        scheduler.submit(
            new JobRequest(
                prompt,
                10,
                Sampling.GREEDY,
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
                new CacheMethods(new SurprisingTokens(2, 4, 1), 8),
                null));
    while (scheduler.step()) {}
    Told told = read(generation);
    int[] all = Arrays.copyOf(prompt, 30);
    for (int i = 20; i < 30; i++) {
      all[i] = told.tokens().get(i - 20);
    }
    assertThat(model.scores).hasSize(29);
    for (int i = 1; i < 30; i++) {
      assertThat(model.scores.get(i))
          .isEqualTo(LogProbs.of(model.scoresAfter(all, i), all[i], 0).logProb());
    }
    scheduler.close();
    assertThat(model.pagesFree()).isEqualTo(100);
  }

  @Test
  void policiesThatCannotBeServedAreRefusedAtOnce() {
    HashChainModel model = new HashChainModel(VOCABULARY, 100, 4, 100);
    Scheduler scheduler = scheduler(model, settings(7, 2, true));
    assertThatThrownBy(() -> scheduler.submit(cut(new CacheMethods(SnapKv.DEFAULT, 64))))
        .hasMessage("snapkv needs [COLSUM_W]; this model gives [LOGPROB]");
    assertThatThrownBy(
            () -> scheduler.submit(cut(new CacheMethods(new SurprisingTokens(2, 4, 1), 5))))
        .hasMessage("sirllm: budgetTokens 5 < 6 that always stay");
  }

  private static JobRequest cut(CacheMethods methods) {
    return new JobRequest(
        new int[] {1},
        10,
        Sampling.GREEDY,
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
        methods,
        null);
  }

  @Test
  void aLongPromptDoesNotHoldUpWhoIsDecoding() throws Exception {
    HashChainModel model = new HashChainModel(VOCABULARY, 1000, 8, 1000);
    Scheduler scheduler = scheduler(model, settings(16, 4, false));
    Generation quick = scheduler.submit(JobRequest.of(new int[] {1}, 50, Sampling.GREEDY));
    scheduler.step();
    scheduler.submit(JobRequest.of(new int[600], 5, Sampling.GREEDY));
    for (int step = 1; step <= 20; step++) {
      scheduler.step();
      assertThat(read(quick).tokens()).as("step %d", step).hasSize(step == 1 ? 2 : 1);
    }
  }

  @Test
  void tenantsShareTokensWhateverTheyAskFor() throws Exception {
    HashChainModel model = new HashChainModel(VOCABULARY, 100, 8, 1000);
    Scheduler scheduler = scheduler(model, settings(32, 2, false));
    List<Generation> greedy = new ArrayList<>();
    List<Generation> modest = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      greedy.add(
          scheduler.submit(
              with(JobRequest.of(new int[20], 10, Sampling.GREEDY), "a", Priority.NORMAL, null)));
    }
    for (int i = 0; i < 6; i++) {
      modest.add(
          scheduler.submit(
              with(JobRequest.of(new int[20], 10, Sampling.GREEDY), "b", Priority.NORMAL, null)));
    }
    int doneByOthers = 0;
    int doneOfModest = 0;
    while (doneOfModest < 6) {
      scheduler.step();
      for (Generation generation : List.copyOf(greedy)) {
        if (read(generation).end() != null) {
          greedy.remove(generation);
          doneByOthers++;
        }
      }
      for (Generation generation : List.copyOf(modest)) {
        if (read(generation).end() != null) {
          modest.remove(generation);
          doneOfModest++;
        }
      }
    }
    // Equal work for both; two run at a time, and both slots were the first tenant's at first.
    assertThat(doneByOthers).isBetween(4, 9);
  }

  @Test
  void interactiveRequestsGoFirst() throws Exception {
    HashChainModel model = new HashChainModel(VOCABULARY, 100, 8, 1000);
    Scheduler scheduler = scheduler(model, settings(32, 1, false));
    JobRequest any = JobRequest.of(new int[10], 5, Sampling.GREEDY);
    Generation batch = scheduler.submit(with(any, "a", Priority.BATCH, null));
    Generation normal = scheduler.submit(with(any, "a", Priority.NORMAL, null));
    Generation interactive = scheduler.submit(with(any, "a", Priority.INTERACTIVE, null));
    List<Generation> order = new ArrayList<>();
    while (scheduler.step()) {
      for (Generation generation : List.of(batch, normal, interactive)) {
        if (!order.contains(generation) && read(generation).end() != null) {
          order.add(generation);
        }
      }
    }
    assertThat(order).containsExactly(interactive, normal, batch);
  }

  @Test
  void aRequestThatIsCancelledFreesItsPagesAtTheNextPass() throws Exception {
    HashChainModel model = new HashChainModel(VOCABULARY, 100, 4, 100);
    Scheduler scheduler = scheduler(model, settings(64, 4, false));
    Generation generation = scheduler.submit(JobRequest.of(new int[30], 50, Sampling.GREEDY));
    scheduler.step();
    assertThat(model.pagesFree()).isLessThan(100);
    generation.cancel();
    assertThat(scheduler.step()).isFalse();
    assertThat(model.pagesFree()).isEqualTo(100);
    assertThat(read(generation).end().reason()).isEqualTo(FinishReason.CANCELLED);
  }

  @Test
  void aDeadlineEndsWaitingAndRunningRequests() throws Exception {
    HashChainModel model = new HashChainModel(VOCABULARY, 100, 4, 100);
    Scheduler scheduler = scheduler(model, settings(64, 1, false));
    JobRequest request =
        with(
            JobRequest.of(new int[3], 50, Sampling.GREEDY),
            "a",
            Priority.NORMAL,
            now.plusSeconds(5));
    Generation runs = scheduler.submit(request);
    Generation waits = scheduler.submit(request);
    scheduler.step();
    now = now.plusSeconds(5);
    scheduler.step();
    assertThat(read(runs).end().reason()).isEqualTo(FinishReason.DEADLINE);
    assertThat(read(waits).end().reason()).isEqualTo(FinishReason.DEADLINE);
    assertThat(model.pagesFree()).isEqualTo(100);
  }

  @Test
  void aConsumerThatDoesNotReadPausesOnlyItself() throws Exception {
    HashChainModel model = new HashChainModel(VOCABULARY, 400, 4, 1000);
    Scheduler scheduler =
        scheduler(
            model, new ScheduleSettings(64, 4, 9, 9, 64, 6, 64, Duration.ofMinutes(1), false));
    Generation slow = scheduler.submit(JobRequest.of(new int[3], 300, Sampling.GREEDY));
    Generation fast = scheduler.submit(JobRequest.of(new int[3], 300, Sampling.GREEDY));
    int read = 0;
    for (int step = 0; step < 300; step++) {
      scheduler.step();
      read += read(fast).tokens().size();
    }
    assertThat(read).isEqualTo(300);
    assertThat(scheduler.step()).isFalse();
    int first = read(slow).tokens().size();
    assertThat(first).isBetween(1, 64);
    assertThat(scheduler.step()).isTrue();
    while (scheduler.step()) {}
    now = now.plusSeconds(61);
    scheduler.step();
    assertThat(read(slow).end().message()).contains("nobody read");
    assertThat(model.pagesFree()).isEqualTo(1000);
  }

  @Test
  void tooManyRequestsAreRefusedWithTheTimeToComeBack() {
    HashChainModel model = new HashChainModel(VOCABULARY, 100, 4, 100);
    Scheduler scheduler =
        scheduler(
            model, new ScheduleSettings(64, 1, 3, 2, 64, 0, 64, Duration.ofMinutes(1), false));
    JobRequest any = JobRequest.of(new int[10], 5, Sampling.GREEDY);
    scheduler.submit(with(any, "a", Priority.NORMAL, null));
    scheduler.submit(with(any, "a", Priority.NORMAL, null));
    assertThatThrownBy(() -> scheduler.submit(with(any, "a", Priority.NORMAL, null)))
        .isInstanceOf(OverloadedException.class)
        .hasMessage("2 requests of this tenant wait, 2 may");
    scheduler.submit(with(any, "b", Priority.NORMAL, null));
    assertThatThrownBy(() -> scheduler.submit(with(any, "c", Priority.NORMAL, null)))
        .isInstanceOfSatisfying(
            OverloadedException.class,
            e -> assertThat(e.retryAfter()).isBetween(Duration.ofSeconds(1), Duration.ofMinutes(5)))
        .hasMessage("3 requests wait, 3 may");
    while (scheduler.step()) {}
    scheduler.submit(with(any, "c", Priority.NORMAL, null));
  }

  @Test
  void requestsThatCannotBeComputedAreRefusedByValueAndBound() {
    HashChainModel model = new HashChainModel(VOCABULARY, 20, 4, 100);
    Scheduler scheduler = scheduler(model, settings(64, 4, true));
    assertThatThrownBy(() -> scheduler.submit(JobRequest.of(new int[20], 5, Sampling.GREEDY)))
        .hasMessage("the prompt has 20 tokens; the model's context is 20");
    assertThatThrownBy(() -> scheduler.submit(JobRequest.of(new int[] {11}, 5, Sampling.GREEDY)))
        .hasMessage("the prompt has token 11; the vocabulary is 11");
    assertThatThrownBy(() -> JobRequest.of(new int[0], 5, Sampling.GREEDY))
        .hasMessage("the prompt has no token");
  }

  @Test
  void aPromptThatTheCacheCannotHoldFailsAndTheNextGoesOn() throws Exception {
    HashChainModel model = new HashChainModel(VOCABULARY, 100, 4, 5);
    Scheduler scheduler = scheduler(model, settings(64, 4, true));
    Generation large = scheduler.submit(JobRequest.of(new int[50], 5, Sampling.GREEDY));
    Generation small = scheduler.submit(JobRequest.of(new int[5], 40, Sampling.GREEDY));
    while (scheduler.step()) {}
    assertThat(read(large).end().message()).contains("13 pages; the cache has 5");
    Told told = read(small);
    assertThat(told.end().reason()).isEqualTo(FinishReason.LENGTH);
    assertThat(told.tokens()).hasSize(16);
  }

  @Test
  void aFailedPassEndsItsRequestsAndLosesNoPage() throws Exception {
    HashChainModel model = new HashChainModel(VOCABULARY, 100, 4, 100);
    model.failAt = 2;
    Scheduler scheduler = scheduler(model, settings(64, 4, true));
    Generation fails = scheduler.submit(JobRequest.of(new int[5], 40, Sampling.GREEDY));
    while (scheduler.step()) {}
    assertThat(read(fails).end().message()).contains("the pass fails");
    Generation next = scheduler.submit(JobRequest.of(new int[5], 4, Sampling.GREEDY));
    while (scheduler.step()) {}
    assertThat(read(next).tokens()).hasSize(4);
    scheduler.close();
    assertThat(model.pagesFree()).isEqualTo(100);
    assertThatThrownBy(() -> scheduler.submit(JobRequest.of(new int[5], 4, Sampling.GREEDY)))
        .hasMessage("the engine is closed");
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
