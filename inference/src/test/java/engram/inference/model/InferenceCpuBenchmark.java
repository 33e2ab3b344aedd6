package engram.inference.model;

import static engram.inference.BenchmarkReport.median;
import static engram.inference.BenchmarkReport.say;
import static engram.inference.BenchmarkReport.spread;

import engram.inference.BenchmarkReport;
import engram.inference.kernel.Kernels;
import engram.inference.model.RandomGguf.Shape;
import engram.inference.model.config.Pooling;
import engram.inference.tensor.ElementType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// How fast models run on this machine's processors: floors first, then in pairs with llama.cpp on
/// the same files.
///
/// `bench/inference-cpu` runs it whole; a test runs it on a tiny model, without the peer.
final class InferenceCpuBenchmark {
  /// @param depths tokens that the cache holds already: none, some, many
  /// @param prompt tokens that are read at once
  /// @param longPrompt as many that the beginning is read again for the end
  record Size(
      Shape shape,
      Shape encoder,
      int[] depths,
      int prompt,
      int longPrompt,
      int output,
      int rounds,
      long floorBytes) {
    static final Size WHOLE =
        new Size(
            Shape.LLAMA_1B, Shape.MINILM, new int[] {0, 4096, 16_384}, 512, 4096, 32, 5, 1L << 29);
    static final Size QUICK =
        new Size(
            new Shape(256, 4, 8, 2, 32, 768, 2048, 4096),
            new Shape(64, 2, 4, 4, 16, 128, 1000, 128),
            new int[] {0, 256, 1024},
            128,
            512,
            16,
            2,
            1L << 26);

    /// Tokens of the longest text.
    int context() {
      return Math.max(depths[depths.length - 1] + prompt, longPrompt) + output + 32;
    }
  }

  private static final String SERVED = "first-token.json";

  private final Size size;
  private final Path target;
  private final @Nullable LlamaCpp peer;
  private final int threads = Runtime.getRuntime().availableProcessors();

  InferenceCpuBenchmark(Size size, Path target, @Nullable LlamaCpp peer) {
    this.size = size;
    this.target = target;
    this.peer = peer;
  }

  BenchmarkReport run() throws Exception {
    Map<ElementType, Path> files = new LinkedHashMap<>();
    for (ElementType type : List.of(ElementType.Q8_0, ElementType.Q4_0)) {
      String name = "random-" + size.shape.width() + "-" + type + ".gguf";
      say("the model " + name);
      files.put(type, RandomGguf.llama(size.shape, type, target.resolve(name)));
    }
    BenchmarkReport report =
        new BenchmarkReport("Inference on processors", "bench/inference-cpu")
            .fact("llamacpp commit", peer == null ? "peer absent" : peer.commit())
            .fact("llamacpp build", peer == null ? "peer absent" : peer.build())
            .fact("threads", threads)
            .fact("model", size.shape.toString());
    try (Kernels kernels = Kernels.load()) {
      report.fact("kernels", kernels.description());
      say("floors");
      var floors =
          new EnginePairs.Floors(
              CpuFloors.bandwidth(threads, size.floorBytes), CpuFloors.rate(kernels));
      report.fact("read bandwidth GB/s", floors.bandwidth() / 1e9);
      report.fact("rate of products in cache GOP/s", floors.rate() / 1e9);
      new EnginePairs(size, threads, peer).run(report, kernels, files, floors);
      contended(report, kernels, files);
      embeddings(report, kernels);
    }
    served(report);
    return report;
  }

  /// Decoding beside four threads that compute all the time: an equal share of the cores is what
  /// can be had.
  private void contended(BenchmarkReport report, Kernels kernels, Map<ElementType, Path> files)
      throws Exception {
    int busy = 4;
    Path file = files.get(ElementType.Q8_0);
    List<Double> own = new ArrayList<>();
    List<Double> alone = new ArrayList<>();
    List<Double> others = new ArrayList<>();
    try (OwnDecoder ours = new OwnDecoder(file, kernels, size.output + 32)) {
      for (int round = 0; round < size.rounds; round++) {
        alone.add(ours.speed(0, false, size.output));
        boolean[] stop = new boolean[1];
        List<Thread> beside = new ArrayList<>();
        for (int i = 0; i < busy; i++) {
          beside.add(Thread.ofPlatform().daemon().start(() -> spin(stop)));
        }
        own.add(ours.speed(0, false, size.output));
        if (peer != null) {
          others.add(peer.speed(file, threads, 0, false, size.output));
        }
        synchronized (stop) {
          stop[0] = true;
        }
        for (Thread thread : beside) {
          thread.join();
        }
        say(
            "round %d of %d beside %d threads: %.4g tokens/s, alone %.4g"
                .formatted(round + 1, size.rounds, busy, own.getLast(), alone.getLast()));
      }
    }
    double fair = Math.min(1, threads / (double) (threads + busy));
    report.prose(
        """
        Beside %d threads that compute all the time, decoding Q8_0 does %.4g tokens/s, %.3g of what \
        it does alone; an equal share of the cores would be %.3g. llama.cpp does %s.\
        """
            .formatted(
                busy,
                median(own),
                median(own) / median(alone),
                fair,
                others.isEmpty() ? "nothing: peer absent" : "%.4g".formatted(median(others))));
    report.key("decode_q8_0_contended", median(own));
    report.key("decode_q8_0_contended_share", median(own) / median(alone));
    report.key("contended_equal_share", fair);
    report.key(
        "decode_q8_0_contended_vs_llamacpp",
        others.isEmpty() ? "peer absent" : median(own) / median(others));
  }

  private static void spin(boolean[] stop) {
    long x = 1;
    while (true) {
      for (int i = 0; i < 1_000_000; i++) {
        x = x * 6364136223846793005L + 1442695040888963407L;
      }
      synchronized (stop) {
        if (stop[0] || x == 0) {
          return;
        }
      }
    }
  }

  private void embeddings(BenchmarkReport report, Kernels kernels) throws Exception {
    Path file =
        RandomGguf.bert(
            size.encoder,
            ElementType.F32,
            target.resolve("random-encoder-" + size.encoder.width() + ".gguf"));
    int length = Math.min(64, size.encoder.context() / 2);
    say("embeddings");
    List<Encoder.Input> texts = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < 64; i++) {
      texts.add(new Encoder.Input(random.ints(length, 0, size.encoder.vocabulary()).toArray()));
    }
    List<Double> speeds = new ArrayList<>();
    try (ModelFile model = ModelFile.open(file);
        Encoder encoder = Encoder.load(model, kernels)) {
      for (int round = 0; round <= size.rounds; round++) {
        long begin = System.nanoTime();
        encoder.embed(texts, Pooling.MEAN, true);
        if (round > 0) {
          speeds.add(texts.size() * 1e9 / (System.nanoTime() - begin));
        }
      }
    }
    report.prose(
        "An encoder of the shape %s in F32 makes %.4g vectors a second of texts of %d tokens (%s)."
            .formatted(size.encoder, median(speeds), length, spread(speeds)));
    report.key("embeddings_per_second", median(speeds));
  }

  /// What `engram.bench.FirstTokenMeasurement` found with the models that `--served` writes.
  private void served(BenchmarkReport report) {
    Path found = target.resolve(SERVED);
    if (!Files.exists(found)) {
      report.key("first_token_http_ms", "not measured");
      report.key("embeddings_per_second_http", "not measured");
      return;
    }
    JsonNode keys = JsonMapper.shared().readTree(found.toFile());
    List<String> said = new ArrayList<>();
    keys.properties()
        .forEach(each -> {
          String key = each.getKey();
          double value = each.getValue().doubleValue();
          report.key(key, value);
          if (key.startsWith("first_token")) {
            said.add(
                "%.4g ms behind %s tokens"
                    .formatted(value, key.substring(key.lastIndexOf('_') + 1)));
          }
        });
    report.prose(
        """
        Through HTTP and the whole server the first word of a streamed completion comes after %s \
        that were never read before: the median, one request at a time. `/v1/embeddings` makes %.4g \
        vectors a second of texts of about as many tokens as above, 64 in a request.\
        """
            .formatted(
                String.join(", ", said), keys.path("embeddings_per_second_http").doubleValue()));
  }

  public static void main(String[] arguments) throws Exception {
    List<String> given = List.of(arguments);
    boolean quick = given.contains("--quick");
    Path target = Path.of("inference/target/bench");
    String folder = valueOf(given, "--llamacpp");
    Size size = quick ? Size.QUICK : Size.WHOLE;
    String rounds = valueOf(given, "--rounds");
    if (rounds != null) {
      size =
          new Size(
              size.shape,
              size.encoder,
              size.depths,
              size.prompt,
              size.longPrompt,
              size.output,
              Integer.parseInt(rounds),
              size.floorBytes);
    }
    if (given.contains("--served")) {
      Path file = target.resolve("served-" + size.shape.width() + ".gguf");
      RandomGguf.llamaWithWords(size.shape, ElementType.Q8_0, file);
      Path encoder = target.resolve("served-encoder-" + size.encoder.width() + ".gguf");
      RandomGguf.bertWithWords(size.encoder, ElementType.F32, encoder);
      System.out.println(file + " " + size.shape.vocabulary() + " " + size.prompt + " " + encoder);
      return;
    }
    BenchmarkReport report =
        new InferenceCpuBenchmark(
                size, target, folder == null ? null : LlamaCpp.of(Path.of(folder), target))
            .run();
    System.out.println(report);
    String out = valueOf(given, "--out");
    if (!quick || out != null) {
      report.write(Path.of(out == null ? "docs/benchmarks" : out), "inference-cpu");
    }
  }

  private static @Nullable String valueOf(List<String> given, String option) {
    int at = given.indexOf(option);
    if (at >= 0 && at + 1 == given.size()) {
      throw new IllegalArgumentException(option + " has no value");
    }
    return at < 0 ? null : given.get(at + 1);
  }
}
