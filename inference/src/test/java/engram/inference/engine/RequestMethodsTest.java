package engram.inference.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import engram.inference.AttentionPattern;
import engram.inference.CacheMethods;
import engram.inference.EngineSettings.CacheType;
import engram.inference.FinishReason;
import engram.inference.Generation;
import engram.inference.GenerationEvent;
import engram.inference.GenerationRequest;
import engram.inference.KvTier;
import engram.inference.Priority;
import engram.inference.Prompt;
import engram.inference.PublicData;
import engram.inference.Sampling;
import engram.inference.ScheduleSettings;
import engram.inference.TokenScore;
import engram.inference.kernel.Backends;
import engram.inference.kernel.Kernels;
import engram.inference.kernel.KvType;
import engram.inference.kernel.WorkerPool;
import engram.inference.policy.DensePattern;
import engram.inference.policy.LambdaMask;
import engram.inference.policy.SinksAndWindow;
import engram.inference.policy.SnapKv;
import engram.inference.policy.StreamingPattern;
import engram.inference.schedule.ModelPool;
import engram.inference.tier.FileTier;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The doors in the forward pass: what a request chooses is what is computed, in models of random
/// weights (one with layers that have windows of their own) and in a real one.
class RequestMethodsTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());
  private static Kernels kernels;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    kernels = new Kernels(Backends.java(), new WorkerPool(2));
  }

  @AfterAll
  static void stop() {
    kernels.close();
  }

  private static ScheduleSettings settings(int tokensPerStep) {
    return new ScheduleSettings(
        tokensPerStep, 4, 64, 64, tokensPerStep, 4, 512, Duration.ofMinutes(1), true);
  }

  private LocalEngine engine(
      String model, int layers, KvType type, int cachedTokens, int step, KvTier tier) {
    ModelPool.Source<Loaded> source =
        model.equals("stories")
            ? stories(type, cachedTokens, tier)
            : TestModels.random(
                model, layers, folder.resolve(model), cachedTokens, type, kernels, tier);
    return new LocalEngine(Map.of("m", source), 1, settings(step));
  }

  private static ModelPool.Source<Loaded> stories(KvType type, int cachedTokens, KvTier tier) {
    Path data = PublicData.require("model-stories260k");
    // 5 layers of 4 KV heads; a page of 32 tokens has 2 x 32 x 8 floats at most, and positions.
    long bytes = cachedTokens / 32 * 20L * (32 * (8 + 16) * 4 + 128);
    return new ModelPool.Source<>(
        1,
        () ->
            ModelLoading.decoder(
                data.resolve("tinyllamas-stories-260k-f32.gguf"), 512, bytes, type, kernels, tier));
  }

  private static int[] text(String model, int tokens) {
    int vocabulary = model.equals("stories") ? 512 : 60;
    return new Random(SEED).ints(tokens, 3, vocabulary).toArray();
  }

  private static CacheMethods seeing(AttentionPattern pattern) {
    return CacheMethods.ALL.withPattern(pattern);
  }

  private record Told(List<TokenScore> prompt, List<Integer> tokens) {}

  private static GenerationRequest request(int[] text, CacheMethods methods, int tokens) {
    return GenerationRequest.of("m", new Prompt.Tokens(text), tokens, Sampling.GREEDY)
        .withMethods(methods);
  }

  private static Told read(Generation generation) throws InterruptedException {
    List<TokenScore> prompt = List.of();
    List<Integer> tokens = new ArrayList<>();
    while (true) {
      switch (generation.next()) {
        case GenerationEvent.PromptScored(var scores) -> prompt = scores;
        case GenerationEvent.Token token -> tokens.add(token.token());
        case GenerationEvent.End end -> {
          assertThat(end.message()).isEmpty();
          assertThat(end.reason()).isIn(FinishReason.LENGTH, FinishReason.STOP);
          return new Told(prompt, tokens);
        }
      }
    }
  }

  private static Told scored(LocalEngine engine, int[] text, CacheMethods methods, int tokens)
      throws InterruptedException {
    return read(engine.generate(request(text, methods, tokens).withScores(2, true)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama3", "gemma3", "stories"})
  void aPatternThatSeesAllGivesTheSameScoresBitForBit(String model) throws Exception {
    int[] text = text(model, 150);
    try (LocalEngine engine = engine(model, 0, KvType.F32, 2048, 64, null)) {
      Told before = scored(engine, text, CacheMethods.ALL, 40);
      assertThat(before.prompt()).hasSize(149);
      for (AttentionPattern pattern :
          List.of(new DensePattern(), new StreamingPattern(4, 512), new LambdaMask(10, 512))) {
        assertThat(scored(engine, text, seeing(pattern), 40))
            .as("-Dseed=%d, %s", SEED, pattern)
            .isEqualTo(before);
      }
      // And one that does not is another text to the model.
      for (AttentionPattern pattern :
          List.of(new StreamingPattern(4, 16), new LambdaMask(10, 16))) {
        assertThat(scored(engine, text, seeing(pattern), 40).prompt())
            .as("-Dseed=%d, %s", SEED, pattern)
            .isNotEqualTo(before.prompt());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama3", "gemma3", "stories"})
  void underAPatternScoresDoNotDependOnHowATextWasCutOrWhatRunsBeside(String model)
      throws Exception {
    int[] text = text(model, 120);
    for (AttentionPattern pattern : List.of(new StreamingPattern(4, 24), new LambdaMask(6, 24))) {
      Told whole;
      try (LocalEngine engine = engine(model, 0, KvType.F32, 2048, 256, null)) {
        whole = scored(engine, text, seeing(pattern), 30);
        // From a shared prefix, and with other patterns in the same passes.
        List<Generation> beside = new ArrayList<>();
        for (CacheMethods other :
            List.of(CacheMethods.ALL, seeing(pattern), seeing(new StreamingPattern(1, 9)))) {
          beside.add(engine.generate(request(text, other, 30)));
        }
        read(beside.get(0));
        assertThat(read(beside.get(1)).tokens()).isEqualTo(whole.tokens());
        read(beside.get(2));
        assertThat(read(engine.generate(request(text, seeing(pattern), 30))).tokens())
            .isEqualTo(whole.tokens());
      }
      try (LocalEngine engine = engine(model, 0, KvType.F32, 2048, 7, null)) {
        assertThat(scored(engine, text, seeing(pattern), 30))
            .as("-Dseed=%d, %s", SEED, pattern)
            .isEqualTo(whole);
      }
    }
  }

  /// In a model of one layer a key depends on its token and place alone. So a query that sees the
  /// first tokens and the newest at their places in the cache computes what the dense model
  /// computes for the text without what lies between: Xiao et al., section 3.2.
  @ParameterizedTest
  @ValueSource(strings = {"llama3", "qwen3", "phi3"})
  void inOneLayerStreamingIsTheDenseModelOverWhatIsSeen(String model) throws Exception {
    int[] text = text(model, 90);
    try (LocalEngine engine = engine(model, 1, KvType.F32, 2048, 64, null)) {
      for (int sinks : new int[] {0, 1, 4}) {
        int window = 20;
        List<TokenScore> streamed =
            scored(engine, text, seeing(new StreamingPattern(sinks, window)), 1).prompt();
        for (int query : new int[] {10, 24, 25, 40, 88}) {
          int from = Math.max(sinks, query + 1 - window);
          int[] seen = Arrays.copyOf(text, sinks + query + 2 - from);
          System.arraycopy(text, from, seen, sinks, query + 2 - from);
          TokenScore dense = scored(engine, seen, CacheMethods.ALL, 1).prompt().getLast();
          assertThat(streamed.get(query).token()).isEqualTo(dense.token());
          // Floats: the same sums, in another order and with other rotations.
          assertThat(streamed.get(query).logProb())
              .as("-Dseed=%d, %d sinks, query %d", SEED, sinks, query)
              .isCloseTo(dense.logProb(), within(2e-4f));
        }
      }
      // With one first token the cap is its place in the cache.
      List<TokenScore> capped = scored(engine, text, seeing(new LambdaMask(1, 20)), 1).prompt();
      List<TokenScore> inCache =
          scored(engine, text, seeing(new StreamingPattern(1, 20)), 1).prompt();
      for (int i = 0; i < capped.size(); i++) {
        assertThat(capped.get(i).logProb())
            .as("-Dseed=%d, %d", SEED, i)
            .isCloseTo(inCache.get(i).logProb(), within(2e-4f));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama3", "stories"})
  void aRequestsCacheIsStoredAsItAsksWhateverTheModelsOwnIs(String model) throws Exception {
    int[] text = text(model, 100);
    List<Told> own = new ArrayList<>();
    for (KvType type : KvType.values()) {
      try (LocalEngine engine = engine(model, 0, type, 4096, 64, null)) {
        own.add(scored(engine, text, CacheMethods.ALL, 30));
      }
    }
    assertThat(own).doesNotHaveDuplicates();
    try (LocalEngine engine = engine(model, 0, KvType.F16, 4096, 64, null)) {
      List<Generation> atOnce = new ArrayList<>();
      for (int round = 0; round < 2; round++) {
        for (CacheType type : CacheType.values()) {
          CacheMethods methods = CacheMethods.ALL.withCacheType(type);
          atOnce.add(
              engine.generate(
                  round == 0
                      ? request(text, methods, 30).withScores(2, true)
                      : request(text, methods, 30)));
        }
      }
      for (int i = 0; i < atOnce.size(); i++) {
        Told expected = own.get(KvType.valueOf(CacheType.values()[i % 4].name()).ordinal());
        Told told = read(atOnce.get(i));
        assertThat(told.tokens()).as("-Dseed=%d, %d", SEED, i).isEqualTo(expected.tokens());
        if (i < 4) {
          assertThat(told.prompt()).as("-Dseed=%d, %d", SEED, i).isEqualTo(expected.prompt());
        }
      }
    }
  }

  @Test
  void aPolicyThatMeasuresAttentionIsRefusedWhereSomeIsHidden() throws Exception {
    try (LocalEngine engine = engine("llama3", 0, KvType.F32, 1024, 64, null)) {
      CacheMethods both =
          new CacheMethods(new SnapKv(4, 5), 16).withPattern(new StreamingPattern(4, 8));
      assertThatThrownBy(() -> engine.generate(request(new int[] {1}, both, 3)))
          .hasMessage(
              "snapkv measures what queries give to all tokens; sinks-window hides some of them");
    }
  }

  /// The pattern hides exactly what the policy drops, so dropping it changes nothing.
  @ParameterizedTest
  @ValueSource(strings = {"llama3", "stories"})
  void sinksAndWindowMayBeDroppedWhereTheyAloneAreSeen(String model) throws Exception {
    int[] text = text(model, 120);
    CacheMethods seen = seeing(new StreamingPattern(4, 28));
    CacheMethods kept =
        new CacheMethods(new SinksAndWindow(4), 32).withPattern(new StreamingPattern(4, 28));
    try (LocalEngine engine = engine(model, 0, KvType.F32, 2048, 16, null)) {
      Told all = scored(engine, text, seen, 30);
      Told cut = scored(engine, text, kept, 30);
      assertThat(cut.tokens()).isEqualTo(all.tokens());
      for (int i = 0; i < all.prompt().size(); i++) {
        // The same entries in other pages: sums in another order.
        assertThat(cut.prompt().get(i).logProb())
            .as("-Dseed=%d, %d", SEED, i)
            .isCloseTo(all.prompt().get(i).logProb(), within(1e-3f));
      }
    }
  }

  /// Counts, and loses one part in `loseEvery`.
  private static final class Watched implements KvTier {
    final FileTier files;
    final int loseEvery;
    final AtomicInteger stored = new AtomicInteger();
    final AtomicInteger found = new AtomicInteger();
    final AtomicInteger evicted = new AtomicInteger();

    Watched(Path folder, int loseEvery) throws Exception {
      files = new FileTier(folder, 64 << 20);
      this.loseEvery = loseEvery;
    }

    @Override
    public String name() {
      return "watched";
    }

    @Override
    public CompletableFuture<Boolean> put(PartKey key, MemorySegment bytes) {
      stored.incrementAndGet();
      return files.put(key, bytes);
    }

    @Override
    public CompletableFuture<Optional<MemorySegment>> get(PartKey key) {
      if (key.part() % loseEvery == loseEvery - 1) {
        files.evict(key);
      }
      return files
          .get(key)
          .thenApply(bytes -> {
            found.addAndGet(bytes.isPresent() ? 1 : 0);
            return bytes;
          });
    }

    @Override
    public void evict(PartKey key) {
      files.evict(key);
      evicted.incrementAndGet();
    }

    @Override
    public Cost cost() {
      return files.cost();
    }

    @Override
    public void close() {
      files.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama3", "stories"})
  void aCacheThatWentToFilesAndCameBackSaysWhatItWouldHaveSaid(String model) throws Exception {
    List<CacheMethods> all =
        List.of(
            CacheMethods.ALL,
            CacheMethods.ALL.withCacheType(CacheType.INT8),
            seeing(new StreamingPattern(4, 24)),
            new CacheMethods(new SnapKv(8, 5), 48));
    List<GenerationRequest> requests = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      int[] text = Arrays.copyOfRange(text(model, 100), 3 * i, 3 * i + 70);
      requests.add(
          request(text, all.get(i % all.size()), 120)
              .withCaller("tenant " + i % 2, i < 4 ? Priority.BATCH : Priority.NORMAL, null)
              .withDraft(false));
    }
    List<List<Integer>> resident = new ArrayList<>();
    try (LocalEngine engine = engine(model, 0, KvType.F32, 4096, 64, null)) {
      for (GenerationRequest request : requests) {
        resident.add(read(engine.generate(request)).tokens());
      }
    }
    for (int loseEvery : new int[] {Integer.MAX_VALUE, 2}) {
      Path parts = folder.resolve("tier " + loseEvery);
      Watched tier = new Watched(parts, loseEvery);
      // Two whole texts fit, and four run at the same time.
      try (LocalEngine engine = engine(model, 0, KvType.F32, 416, 64, tier)) {
        List<Generation> generations = new ArrayList<>();
        for (GenerationRequest request : requests) {
          generations.add(engine.generate(request));
        }
        for (int i = 0; i < generations.size(); i++) {
          assertThat(read(generations.get(i)).tokens())
              .as("-Dseed=%d, request %d", SEED, i)
              .isEqualTo(resident.get(i));
        }
      }
      assertThat(tier.stored.get()).as("-Dseed=%d", SEED).isPositive();
      assertThat(tier.found.get()).as("-Dseed=%d", SEED).isPositive();
      // Evicting is not waited for.
      for (int i = 0; i < 1000 && tier.evicted.get() < tier.stored.get(); i++) {
        Thread.sleep(10);
      }
      assertThat(tier.evicted).hasValue(tier.stored.get());
      assertThat(tier.files.usedBytes()).isZero();
      tier.close();
    }
  }
}
