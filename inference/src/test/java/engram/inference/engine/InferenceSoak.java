package engram.inference.engine;

import engram.inference.BenchmarkReport;
import engram.inference.CacheMethods;
import engram.inference.EngineSettings.CacheType;
import engram.inference.FinishReason;
import engram.inference.Generation;
import engram.inference.GenerationEvent;
import engram.inference.GenerationRequest;
import engram.inference.OverloadedException;
import engram.inference.Priority;
import engram.inference.Prompt;
import engram.inference.PublicData;
import engram.inference.Sampling;
import engram.inference.ScheduleSettings;
import engram.inference.Signal;
import engram.inference.attention.Attention;
import engram.inference.cache.MemoryBudget;
import engram.inference.cache.PagePool;
import engram.inference.kernel.Kernels;
import engram.inference.kernel.KvType;
import engram.inference.model.Decoder;
import engram.inference.model.ModelFile;
import engram.inference.policy.HeavyHitters;
import engram.inference.policy.LambdaMask;
import engram.inference.policy.SinksAndWindow;
import engram.inference.policy.SnapKv;
import engram.inference.policy.StreamingPattern;
import engram.inference.schedule.CachedSequence;
import engram.inference.schedule.Demoted;
import engram.inference.schedule.ModelPool;
import engram.inference.schedule.Slice;
import engram.inference.schedule.StepModel;
import engram.inference.tier.FileTier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Mixed requests for some time: all methods and priorities, cancellations, deadlines, readers that
/// leave or stop reading, prompts that are too long. Every request must end and say how, no page
/// may be lost, and memory must not grow.
///
/// `bench/inference-soak` runs it for half an hour; a test for some seconds.
final class InferenceSoak {
  private static final int CONTEXT = 256;
  private static final List<CacheMethods> METHODS =
      List.of(
          CacheMethods.ALL,
          CacheMethods.ALL,
          CacheMethods.ALL.withCacheType(CacheType.INT8),
          CacheMethods.ALL.withCacheType(CacheType.INT4),
          CacheMethods.ALL.withPattern(new StreamingPattern(4, 32)),
          CacheMethods.ALL.withPattern(new LambdaMask(10, 40)),
          new CacheMethods(new SinksAndWindow(4), 48),
          new CacheMethods(new SnapKv(16, 5), 48),
          new CacheMethods(HeavyHitters.DEFAULT, 48));

  private final Duration time;
  private final long seed;
  private final Map<String, AtomicLong> ends = new LinkedHashMap<>();

  InferenceSoak(Duration time, long seed) {
    this.time = time;
    this.seed = seed;
    for (String end : List.of("refused", "too long", "left")) {
      ends.put(end, new AtomicLong());
    }
    for (FinishReason reason : FinishReason.values()) {
      ends.put(reason.name(), new AtomicLong());
    }
  }

  /// What was left of the cache and how memory went.
  ///
  /// @param residentStart after a tenth of the time, bytes
  /// @param failures what a request said that failed
  record Result(
      Map<String, Long> ends,
      long pagesLeft,
      long bytesLeft,
      long residentStart,
      long residentEnd,
      List<String> failures) {}

  Result run(Path folder) throws Exception {
    Path model =
        PublicData.require("model-stories260k").resolve("tinyllamas-stories-260k-f32.gguf");
    List<String> failures = new ArrayList<>();
    long[] resident = new long[2];
    try (Kernels kernels = Kernels.load();
        FileTier tier = new FileTier(folder, 64 << 20);
        ModelFile file = ModelFile.open(model)) {
      Decoder decoder = Decoder.load(file, CONTEXT, kernels);
      // A few of the sequences that run at the same time: so some must wait in the middle.
      MemoryBudget budget = new MemoryBudget(decoder.layout(KvType.F16).bytes(5L * CONTEXT));
      PagePool pool = new PagePool(decoder.layout(KvType.F16), budget);
      Watched watched =
          new Watched(
              new DecoderModel(
                  decoder,
                  pool,
                  new Attention(kernels.backend(), kernels.pool()),
                  new TieredCaches(tier, "soak"),
                  decoder::close),
              pool,
              new long[] {-1, -1});
      LoadedModel loaded =
          new LoadedModel(
              watched,
              new TokenizerVocabulary(
                  ModelLoading.tokenizer(file.vocabulary()), decoder.config().vocabulary()),
              () -> {
                throw new IllegalStateException("nobody reads along");
              });
      ScheduleSettings settings =
          new ScheduleSettings(96, 16, 40, 25, 96, 8, 32, Duration.ofMillis(300), true);
      try (LocalEngine engine =
          new LocalEngine(Map.of("m", new ModelPool.Source<>(1, () -> loaded)), 1, settings)) {
        drive(engine, resident, failures);
      }
      Map<String, Long> counted = new LinkedHashMap<>();
      ends.forEach((name, count) -> counted.put(name, count.get()));
      return new Result(
          counted, watched.left()[0], watched.left()[1], resident[0], resident[1], failures);
    }
  }

  /// Looks at the cache when all requests and prefixes are gone, right before it is given back.
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Watched(StepModel of, PagePool pool, long[] left) implements StepModel {
    @Override
    public int vocabulary() {
      return of.vocabulary();
    }

    @Override
    public int contextWindow() {
      return of.contextWindow();
    }

    @Override
    public int pageTokens() {
      return of.pageTokens();
    }

    @Override
    public int pagesTotal() {
      return of.pagesTotal();
    }

    @Override
    public int pagesFree() {
      return of.pagesFree();
    }

    @Override
    public Set<Signal> signals() {
      return of.signals();
    }

    @Override
    public CachedSequence open(CacheMethods methods) {
      return of.open(methods);
    }

    @Override
    public double secondsToBringBack(CachedSequence sequence, int from) {
      return of.secondsToBringBack(sequence, from);
    }

    @Override
    public @Nullable Demoted demote(
        CachedSequence sequence, int from, String owner, Runnable wake) {
      return of.demote(sequence, from, owner, wake);
    }

    @Override
    public void step(List<Slice> batch, float[][] logits) {
      of.step(batch, logits);
    }

    @Override
    public void close() {
      left[0] = pool.livePages();
      left[1] = pool.budget().usedBytes();
      of.close();
    }
  }

  private void drive(LocalEngine engine, long[] resident, List<String> failures) throws Exception {
    Instant begin = Instant.now();
    Instant end = begin.plus(time);
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int caller = 0; caller < 48; caller++) {
        Random random = new Random(seed + caller);
        all.add(
            callers.submit(() -> {
              while (Instant.now().isBefore(end)) {
                call(engine, random, failures);
              }
              return null;
            }));
      }
      Thread.sleep(time.dividedBy(10));
      resident[0] = resident();
      for (Future<?> one : all) {
        one.get();
      }
      resident[1] = resident();
    }
  }

  private void call(LocalEngine engine, Random random, List<String> failures) throws Exception {
    int[] prompt = random.ints(1 + random.nextInt(180), 3, 512).toArray();
    // Some begin alike.
    Arrays.fill(prompt, 0, Math.min(prompt.length, 40 * random.nextInt(3)), 7);
    boolean tooLong = random.nextInt(40) == 0;
    GenerationRequest request =
        GenerationRequest.of(
                "m",
                new Prompt.Tokens(tooLong ? new int[CONTEXT + random.nextInt(5000)] : prompt),
                random.nextInt(60),
                Sampling.at(1, random.nextLong()))
            .withMethods(METHODS.get(random.nextInt(METHODS.size())))
            .withScores(random.nextInt(3) - 1, random.nextInt(8) == 0)
            .withCaller(
                "tenant " + random.nextInt(3),
                Priority.values()[random.nextInt(3)],
                random.nextInt(6) == 0 ? Instant.now().plusMillis(1 + random.nextInt(200)) : null);
    Generation generation;
    try {
      generation = engine.generate(request);
    } catch (OverloadedException e) {
      count("refused");
      Thread.sleep(5);
      return;
    } catch (IllegalArgumentException e) {
      if (!tooLong) {
        throw e;
      }
      count("too long");
      return;
    }
    if (tooLong) {
      synchronized (failures) {
        failures.add("a prompt beyond the context was taken");
      }
    }
    read(generation, random.nextInt(8), failures);
  }

  /// @param how 0: cancels after a while; 1: leaves; 2: stops reading for a while
  private void read(Generation generation, int how, List<String> failures) throws Exception {
    Instant patience = Instant.now().plus(Duration.ofMinutes(2));
    int events = 0;
    while (true) {
      if (events == 3 && how == 0) {
        generation.cancel();
      } else if (events == 2 && how == 1) {
        generation.close();
        count("left");
        return;
      } else if (events == 5 && how == 2) {
        Thread.sleep(400);
      }
      GenerationEvent event = generation.next(Duration.ofSeconds(5));
      if (event instanceof GenerationEvent.End end) {
        count(end.reason().name());
        if (end.reason() == FinishReason.FAILED) {
          synchronized (failures) {
            failures.add(end.message());
          }
        }
        return;
      }
      events += event == null ? 0 : 1;
      if (Instant.now().isAfter(patience)) {
        synchronized (failures) {
          failures.add("a request did not end");
        }
        return;
      }
    }
  }

  private void count(String end) {
    AtomicLong count = ends.get(end);
    if (count == null) {
      throw new IllegalStateException("no end " + end);
    }
    count.incrementAndGet();
  }

  /// What the system holds for this process beside the heap, which the collector sizes: anonymous
  /// memory less the heap's committed part.
  private static long resident() throws Exception {
    System.gc();
    long bytes = 0;
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("RssAnon:")) {
        bytes = 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    return bytes - Runtime.getRuntime().totalMemory();
  }

  public static void main(String[] arguments) throws Exception {
    List<String> given = List.of(arguments);
    int at = given.indexOf("--minutes");
    int minutes = at < 0 ? 30 : Integer.parseInt(given.get(at + 1));
    int out = given.indexOf("--out");
    long seed = Long.getLong("seed", System.nanoTime());
    Path folder = Files.createTempDirectory("inference-soak");
    Result result = new InferenceSoak(Duration.ofMinutes(minutes), seed).run(folder);
    BenchmarkReport report =
        new BenchmarkReport("Soak of the inference room", "bench/inference-soak")
            .fact("minutes", minutes)
            .fact("seed", seed)
            .fact("pages left", result.pagesLeft())
            .fact("cache bytes left", result.bytesLeft())
            .fact("resident MB beside the heap after a tenth", result.residentStart() / 1e6)
            .fact("resident MB beside the heap at the end", result.residentEnd() / 1e6)
            .fact("failures", result.failures().size());
    result.ends().forEach((name, count) -> report.fact("ended " + name, count));
    result.failures().stream().limit(20).forEach(report::prose);
    System.out.println(report);
    if (at < 0 || out >= 0) {
      report.write(Path.of(out >= 0 ? given.get(out + 1) : "docs/benchmarks"), "inference-soak");
    }
    System.exit(result.failures().isEmpty() && result.pagesLeft() == 0 ? 0 : 1);
  }
}
