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
import engram.inference.schedule.ModelPool;
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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Mixed requests for some time: all methods and priorities, cancellations, deadlines, readers that
/// leave or stop reading, prompts that are too long. Every request must end and say how, no page
/// may be lost, and memory must not grow.
///
/// `bench/inference-soak` runs it for half an hour, with a heap that never changes its size; a test
/// for some seconds.
final class InferenceSoak {
  private static final int CONTEXT = 256;
  private static final int CALLERS = 48;
  private static final int LOOKS = 30;
  private static final int FAILURES_MAX = 1000;

  /// What memory may grow by from a tenth of the time on: code that is compiled late, not requests.
  /// Of these there are hundreds a second.
  private static final long GROWTH_MAX = 64 << 20;

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

  /// What the process holds, after a collection.
  ///
  /// @param ended requests so far
  /// @param besideHeap bytes, as the system counts them
  /// @param heap bytes of live objects
  record Look(double minutes, long ended, long besideHeap, long heap) {}

  /// What was left of the cache and how memory went.
  ///
  /// @param looks the first after a tenth of the time, the last at the end
  /// @param failures what a request said that failed
  record Result(
      Map<String, Long> ends,
      long pagesLeft,
      long bytesLeft,
      List<Look> looks,
      List<String> failures) {
    /// Bytes, of what grew more.
    long grew() {
      Look first = looks.getFirst();
      Look last = looks.getLast();
      return Math.max(last.besideHeap - first.besideHeap, last.heap - first.heap);
    }
  }

  Result run(Path folder) throws Exception {
    Path model =
        PublicData.require("model-stories260k").resolve("tinyllamas-stories-260k-f32.gguf");
    List<String> failures = new ArrayList<>();
    List<Look> looks = new ArrayList<>();
    try (Kernels kernels = Kernels.load();
        FileTier tier = new FileTier(folder, 64 << 20);
        ModelFile file = ModelFile.open(model)) {
      Decoder decoder = Decoder.load(file, CONTEXT, kernels);
      // A few of the sequences that run at the same time: so some must wait in the middle.
      MemoryBudget budget = new MemoryBudget(decoder.layout(KvType.F16).bytes(5L * CONTEXT));
      PagePool pool = new PagePool(decoder.layout(KvType.F16), budget);
      WatchedCache watched =
          new WatchedCache(
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
              TokenizerVocabulary.of(ModelLoading.tokenizer(file.vocabulary()), decoder.config()),
              () -> {
                throw new IllegalStateException("nobody reads along");
              });
      ScheduleSettings settings =
          new ScheduleSettings(96, 16, 40, 25, 96, 8, 32, Duration.ofMillis(300), true);
      try (LocalEngine engine =
          new LocalEngine(Map.of("m", new ModelPool.Source<>(1, () -> loaded)), 1, settings)) {
        drive(engine, looks, failures);
      }
      Map<String, Long> counted = new LinkedHashMap<>();
      ends.forEach((name, count) -> counted.put(name, count.get()));
      return new Result(counted, watched.left()[0], watched.left()[1], looks, failures);
    }
  }

  private void drive(LocalEngine engine, List<Look> looks, List<String> failures) throws Exception {
    Instant begin = Instant.now();
    Instant end = begin.plus(time);
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int caller = 0; caller < CALLERS; caller++) {
        Random random = new Random(seed + caller);
        all.add(callers.submit(() -> callUntil(end, engine, random, failures)));
      }
      Thread.sleep(time.dividedBy(10));
      looks.add(look(begin));
      while (Instant.now().plus(time.dividedBy(LOOKS)).isBefore(end)) {
        Thread.sleep(time.dividedBy(LOOKS));
        looks.add(look(begin));
      }
      for (Future<?> one : all) {
        one.get();
      }
      looks.add(look(begin));
    }
  }

  private @Nullable Void callUntil(
      Instant end, LocalEngine engine, Random random, List<String> failures) throws Exception {
    while (Instant.now().isBefore(end)) {
      try {
        call(engine, random, failures);
      } catch (RuntimeException e) {
        // Told at the end: the others go on.
        fail(failures, "a request could not be made: " + e);
        Thread.sleep(100);
      }
    }
    return null;
  }

  private static void fail(List<String> failures, String how) {
    synchronized (failures) {
      if (failures.size() < FAILURES_MAX) {
        failures.add(how);
      }
    }
  }

  private Look look(Instant begin) throws Exception {
    long ended = ends.values().stream().mapToLong(AtomicLong::get).sum();
    double minutes = Duration.between(begin, Instant.now()).toMillis() / 60_000.0;
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    Look look =
        new Look(minutes, ended, besideHeap(), runtime.totalMemory() - runtime.freeMemory());
    BenchmarkReport.say(
        "%d requests ended; %d MB beside the heap, %d MB of objects; %s"
            .formatted(ended, look.besideHeap >> 20, look.heap >> 20, ends));
    return look;
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
      fail(failures, "a prompt beyond the context was taken");
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
          fail(failures, end.message());
        }
        return;
      }
      events += event == null ? 0 : 1;
      if (Instant.now().isAfter(patience)) {
        fail(failures, "a request did not end");
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

  /// What the system holds for this process beside the heap: anonymous memory less the heap's
  /// committed part, all of which the system holds where it is touched at the start.
  private static long besideHeap() throws Exception {
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
    Look first = result.looks().getFirst();
    Look last = result.looks().getLast();
    BenchmarkReport report =
        new BenchmarkReport("Soak of the inference room", "bench/inference-soak")
            .fact("minutes", minutes)
            .fact("seed", seed)
            .fact("pages left", result.pagesLeft())
            .fact("cache bytes left", result.bytesLeft())
            .fact("resident MB beside the heap after a tenth", megabytes(first.besideHeap()))
            .fact("resident MB beside the heap at the end", megabytes(last.besideHeap()))
            .fact("MB of objects after a tenth", megabytes(first.heap()))
            .fact("MB of objects at the end", megabytes(last.heap()))
            .fact("MB that it may grow by", megabytes(GROWTH_MAX))
            .fact("failures", result.failures().size());
    result.ends().forEach((name, count) -> report.fact("ended " + name, count));
    result.failures().stream().limit(20).forEach(report::prose);
    report.prose("Memory as it went, each time after a collection.");
    report.table("looks", result.looks().stream().map(InferenceSoak::row).toList());
    System.out.println(report);
    if (at < 0 || out >= 0) {
      report.write(Path.of(out >= 0 ? given.get(out + 1) : "docs/benchmarks"), "inference-soak");
    }
    boolean good =
        result.failures().isEmpty() && result.pagesLeft() == 0 && result.grew() <= GROWTH_MAX;
    System.exit(good ? 0 : 1);
  }

  private static Map<String, Object> row(Look look) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("minutes", look.minutes());
    row.put("requests ended", look.ended());
    row.put("MB beside the heap", megabytes(look.besideHeap()));
    row.put("MB of objects", megabytes(look.heap()));
    return row;
  }

  private static double megabytes(long bytes) {
    return bytes / 1e6;
  }
}
