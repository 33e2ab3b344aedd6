package engram.inference.model;

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
  record Size(
      Shape shape,
      Shape encoder,
      int[] depths,
      int prompt,
      int output,
      int rounds,
      long floorBytes) {
    static final Size WHOLE =
        new Size(Shape.LLAMA_1B, Shape.MINILM, new int[] {0, 4096, 16_384}, 512, 32, 5, 1L << 29);
    static final Size QUICK =
        new Size(
            new Shape(256, 4, 8, 2, 32, 768, 2048, 4096),
            new Shape(64, 2, 4, 4, 16, 128, 1000, 128),
            new int[] {0, 256, 1024},
            128,
            16,
            2,
            1L << 26);
  }

  /// One thing to measure, for both engines.
  private record Test(String name, ElementType type, int depth, boolean prompt) {}

  private static final String FIRST_TOKEN = "first-token.json";

  private final Size size;
  private final Path target;
  private final @Nullable LlamaCpp peer;
  private final int threads = Runtime.getRuntime().availableProcessors();

  InferenceCpuBenchmark(Size size, Path target, @Nullable LlamaCpp peer) {
    this.size = size;
    this.target = target;
    this.peer = peer;
  }

  private List<Test> tests() {
    List<Test> tests = new ArrayList<>();
    String[] depths = {"", "_4k", "_16k"};
    for (int i = 0; i < depths.length; i++) {
      tests.add(new Test("decode_q8_0" + depths[i], ElementType.Q8_0, size.depths[i], false));
      tests.add(new Test("prefill_q8_0" + depths[i], ElementType.Q8_0, size.depths[i], true));
    }
    tests.add(new Test("decode_q4_0", ElementType.Q4_0, 0, false));
    tests.add(new Test("prefill_q4_0", ElementType.Q4_0, 0, true));
    return tests;
  }

  BenchmarkReport run() throws Exception {
    Map<ElementType, Path> files = new LinkedHashMap<>();
    for (ElementType type : List.of(ElementType.Q8_0, ElementType.Q4_0)) {
      String name = "random-" + size.shape.width() + "-" + type + ".gguf";
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
      double bandwidth = CpuFloors.bandwidth(threads, size.floorBytes);
      report.fact("read bandwidth GB/s", bandwidth / 1e9);
      report.fact("rate of products in cache GOP/s", CpuFloors.rate(kernels) / 1e9);
      pairs(report, kernels, files, bandwidth);
      contended(report, kernels, files);
      embeddings(report, kernels);
    }
    firstToken(report);
    return report;
  }

  private void pairs(
      BenchmarkReport report, Kernels kernels, Map<ElementType, Path> files, double bandwidth)
      throws Exception {
    List<Test> tests = tests();
    Map<Test, List<Double>> own = new LinkedHashMap<>();
    Map<Test, List<Double>> theirs = new LinkedHashMap<>();
    long bytes = 0;
    try (OwnDecoder q8 = ours(files.get(ElementType.Q8_0), kernels);
        OwnDecoder q4 = ours(files.get(ElementType.Q4_0), kernels)) {
      bytes = q8.decoder.weightBytes();
      for (Test test : tests) {
        // Compiled and paged in before anything counts.
        (test.type() == ElementType.Q8_0 ? q8 : q4)
            .speed(Math.min(64, test.depth()), test.prompt(), count(test.prompt()));
      }
      for (int round = 0; round < size.rounds; round++) {
        for (Test test : tests) {
          OwnDecoder ours = test.type() == ElementType.Q8_0 ? q8 : q4;
          for (int turn = 0; turn < 2; turn++) {
            boolean we = turn == round % 2;
            if (we) {
              add(own, test, ours.speed(test.depth(), test.prompt(), count(test.prompt())));
            } else if (peer != null) {
              add(theirs, test, theirs(files.get(test.type()), test));
            }
          }
        }
      }
    }
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Test test : tests) {
      List<Double> ours = own.getOrDefault(test, List.of());
      List<Double> others = theirs.getOrDefault(test, List.of());
      List<Double> ratios = new ArrayList<>();
      for (int i = 0; i < others.size(); i++) {
        ratios.add(ours.get(i) / others.get(i));
      }
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("test", test.name());
      row.put("depth", test.depth());
      row.put("tokens/s", median(ours));
      row.put("least to most", spread(ours));
      row.put("llama.cpp tokens/s", others.isEmpty() ? "peer absent" : median(others));
      row.put("ratio", ratios.isEmpty() ? "peer absent" : median(ratios));
      row.put("ratios", ratios.isEmpty() ? "" : spread(ratios));
      rows.add(row);
      report.key(test.name() + "_vs_llamacpp", ratios.isEmpty() ? "peer absent" : median(ratios));
      if (test.name().equals("decode_q8_0")) {
        report.key("decode_bandwidth_share", median(ours) * bytes / bandwidth);
        report.prose(
            "Decoding Q8_0 reads %.4g GB of weights for a token: %.3g of the read bandwidth."
                .formatted(bytes / 1e9, median(ours) * bytes / bandwidth));
      }
    }
    report.prose(
        """
        Each round measures every test with both engines, one after the other, in turns; medians of \
        %d rounds, and the median of the ratios of each round. Prefill reads %d tokens at once, \
        decode writes %d, each behind as many cached tokens as *depth* says (random numbers, in \
        halves, with both). llama.cpp's own bench measures depth 0; behind cached tokens its \
        library is called by `bench/llamacpp-depth.cpp`, as its bench has no such option.\
        """
            .formatted(size.rounds, size.prompt, size.output));
    report.table("pairs", rows);
  }

  private OwnDecoder ours(Path file, Kernels kernels) {
    return new OwnDecoder(
        file, kernels, size.depths[size.depths.length - 1] + size.prompt + size.output + 32);
  }

  private int count(boolean prompt) {
    return prompt ? size.prompt : size.output;
  }

  private double theirs(Path file, Test test) throws Exception {
    LlamaCpp other = peer;
    if (other == null) {
      throw new IllegalStateException("peer absent");
    }
    return other.speed(file, threads, test.depth(), test.prompt(), count(test.prompt()));
  }

  private static void add(Map<Test, List<Double>> to, Test test, double value) {
    to.computeIfAbsent(test, t -> new ArrayList<>()).add(value);
  }

  static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  private static String spread(List<Double> values) {
    return "%.4g to %.4g"
        .formatted(
            values.stream().mapToDouble(Double::doubleValue).min().orElse(0),
            values.stream().mapToDouble(Double::doubleValue).max().orElse(0));
  }

  /// Decoding beside four threads that compute all the time: an equal share of the cores is what
  /// can be had.
  private void contended(BenchmarkReport report, Kernels kernels, Map<ElementType, Path> files)
      throws Exception {
    int busy = 4;
    Test test = new Test("decode_q8_0", ElementType.Q8_0, 0, false);
    List<Double> own = new ArrayList<>();
    List<Double> alone = new ArrayList<>();
    List<Double> others = new ArrayList<>();
    try (OwnDecoder ours = ours(files.get(ElementType.Q8_0), kernels)) {
      for (int round = 0; round < size.rounds; round++) {
        alone.add(ours.speed(0, false, size.output));
        boolean[] stop = new boolean[1];
        List<Thread> beside = new ArrayList<>();
        for (int i = 0; i < busy; i++) {
          beside.add(Thread.ofPlatform().daemon().start(() -> spin(stop)));
        }
        own.add(ours.speed(0, false, size.output));
        if (peer != null) {
          others.add(theirs(files.get(ElementType.Q8_0), test));
        }
        synchronized (stop) {
          stop[0] = true;
        }
        for (Thread thread : beside) {
          thread.join();
        }
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

  /// What `engram.bench.FirstTokenMeasurement` found with the model that `--served` writes.
  private void firstToken(BenchmarkReport report) {
    Path found = target.resolve(FIRST_TOKEN);
    if (!Files.exists(found)) {
      report.key("first_token_http_ms", "not measured");
      return;
    }
    JsonNode keys = JsonMapper.shared().readTree(found.toFile());
    List<String> said = new ArrayList<>();
    keys.properties()
        .forEach(each -> {
          report.key(each.getKey(), each.getValue().doubleValue());
          said.add(
              "%.4g ms behind %s tokens"
                  .formatted(
                      each.getValue().doubleValue(),
                      each.getKey().substring(each.getKey().lastIndexOf('_') + 1)));
        });
    report.prose(
        "Through HTTP and the whole server the first word of a streamed completion comes after "
            + String.join(", ", said)
            + " that were never read before: the median, one request at a time.");
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
              size.output,
              Integer.parseInt(rounds),
              size.floorBytes);
    }
    if (given.contains("--served")) {
      Path file = target.resolve("served-" + size.shape.width() + ".gguf");
      RandomGguf.llamaWithWords(size.shape, ElementType.Q8_0, file);
      System.out.println(file + " " + size.shape.vocabulary() + " " + size.prompt);
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
