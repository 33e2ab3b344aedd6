package engram.inference.model;

import static engram.inference.BenchmarkReport.median;
import static engram.inference.BenchmarkReport.say;
import static engram.inference.BenchmarkReport.spread;

import engram.inference.BenchmarkReport;
import engram.inference.kernel.Kernels;
import engram.inference.model.InferenceCpuBenchmark.Size;
import engram.inference.tensor.ElementType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reading prompts and writing tokens with both engines on the same files, in turns, and beside the
/// floor of each: bytes per token over the measured bandwidth, operations over the measured rate.
final class EnginePairs {
  private static final ElementType[] TYPES = {ElementType.Q8_0, ElementType.Q4_0};
  private static final String[] DEPTHS = {"", "_4k", "_16k"};

  /// What a machine can do at most.
  ///
  /// @param bandwidth bytes a second that are read from memory
  /// @param rate operations a second of products in the cache
  record Floors(double bandwidth, double rate) {}

  /// One thing to measure.
  ///
  /// @param tokens that are read at once, or written one by one
  record Test(String name, ElementType type, int depth, boolean prompt, int tokens, int rounds) {}

  private final Size size;
  private final int threads;
  private final @Nullable LlamaCpp peer;
  private final Map<Test, List<Double>> own = new LinkedHashMap<>();
  private final Map<Test, List<Double>> theirs = new LinkedHashMap<>();

  EnginePairs(Size size, int threads, @Nullable LlamaCpp peer) {
    this.size = size;
    this.threads = threads;
    this.peer = peer;
  }

  private List<Test> tests() {
    List<Test> tests = new ArrayList<>();
    for (ElementType type : TYPES) {
      String of = "_" + type.name().toLowerCase(java.util.Locale.ROOT);
      for (int i = 0; i < DEPTHS.length; i++) {
        int depth = size.depths()[i];
        tests.add(
            new Test("decode" + of + DEPTHS[i], type, depth, false, size.output(), size.rounds()));
        // Weights make no difference to what reading behind a depth costs more.
        if (i == 0 || type == ElementType.Q8_0) {
          tests.add(
              new Test(
                  "prefill" + of + DEPTHS[i], type, depth, true, size.prompt(), size.rounds()));
        }
      }
      // Takes minutes a time: the spread of two says enough.
      tests.add(
          new Test(
              "prefill" + of + "_long",
              type,
              0,
              true,
              size.longPrompt(),
              Math.min(2, size.rounds())));
    }
    return tests;
  }

  void run(BenchmarkReport report, Kernels kernels, Map<ElementType, Path> files, Floors floors)
      throws Exception {
    List<Test> tests = tests();
    Map<ElementType, Long> bytes = new LinkedHashMap<>();
    try (OwnDecoder q8 = new OwnDecoder(files.get(ElementType.Q8_0), kernels, size.context());
        OwnDecoder q4 = new OwnDecoder(files.get(ElementType.Q4_0), kernels, size.context())) {
      bytes.put(ElementType.Q8_0, q8.decoder.weightBytes());
      bytes.put(ElementType.Q4_0, q4.decoder.weightBytes());
      say("warming up");
      for (Test test : tests) {
        // Compiled and paged in before anything counts.
        (test.type == ElementType.Q8_0 ? q8 : q4)
            .speed(Math.min(64, test.depth), test.prompt, Math.min(size.prompt(), test.tokens));
      }
      for (int round = 0; round < size.rounds(); round++) {
        for (Test test : tests) {
          if (round < test.rounds) {
            both(test, round, test.type == ElementType.Q8_0 ? q8 : q4, files.get(test.type));
          }
        }
      }
    }
    tell(report, tests, bytes, floors);
  }

  private void both(Test test, int round, OwnDecoder ours, Path file) throws Exception {
    for (int turn = 0; turn < 2; turn++) {
      if (turn == round % 2) {
        add(own, test, ours.speed(test.depth, test.prompt, test.tokens));
      } else if (peer != null) {
        add(theirs, test, peer.speed(file, threads, test.depth, test.prompt, test.tokens));
      }
    }
    say(
        "round %d of %d, %s behind %d: %.4g tokens/s, llama.cpp %s"
            .formatted(
                round + 1,
                test.rounds,
                test.name,
                test.depth,
                own.get(test).getLast(),
                peer == null ? "absent" : "%.4g".formatted(theirs.get(test).getLast())));
  }

  private static void add(Map<Test, List<Double>> to, Test test, double value) {
    to.computeIfAbsent(test, t -> new ArrayList<>()).add(value);
  }

  private void tell(
      BenchmarkReport report, List<Test> tests, Map<ElementType, Long> bytes, Floors floors) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Test test : tests) {
      List<Double> ours = own.getOrDefault(test, List.of());
      List<Double> others = theirs.getOrDefault(test, List.of());
      List<Double> ratios = new ArrayList<>();
      for (int i = 0; i < others.size(); i++) {
        ratios.add(ours.get(i) / others.get(i));
      }
      double floor = floor(test, bytes.getOrDefault(test.type, 0L), floors);
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("test", test.name);
      row.put("depth", test.depth);
      row.put("tokens", test.tokens);
      row.put("tokens/s", median(ours));
      row.put("least to most", spread(ours));
      row.put("bound tokens/s", floor);
      row.put("of the bound", median(ours) / floor);
      row.put("llama.cpp tokens/s", others.isEmpty() ? "peer absent" : median(others));
      row.put("ratio", ratios.isEmpty() ? "peer absent" : median(ratios));
      row.put("ratios", ratios.isEmpty() ? "" : spread(ratios));
      rows.add(row);
      report.key(test.name + "_vs_llamacpp", ratios.isEmpty() ? "peer absent" : median(ratios));
      if (test.name.equals("decode_q8_0")) {
        long read = bytes.getOrDefault(test.type, 0L);
        double share = median(ours) * read / floors.bandwidth;
        report.key("decode_bandwidth_share", share);
        report.prose(
            "Decoding Q8_0 reads %.4g GB of weights for a token: %.3g of the read bandwidth."
                .formatted(read / 1e9, share));
      }
    }
    report.prose(
        """
        Each round measures every test with both engines, one after the other, in turns; medians of \
        %d rounds (%d of the long prompts), and the median of the ratios of each round. Prefill \
        reads *tokens* of a prompt in pieces of 512, decode writes as many, each behind as many \
        cached tokens as *depth* says (random numbers, in halves, with both). The *bound* of \
        decoding is the measured bandwidth over the bytes of weights and cache that a token needs, \
        that of reading the measured rate of products in the cache over a token's operations; the \
        rate is our own kernel's, so it bounds what layouts and threads cost, not what the machine \
        could. llama.cpp's own bench measures depth 0; behind cached tokens its library is called \
        by `bench/llamacpp-depth.cpp`, as its bench has no such option.\
        """
            .formatted(size.rounds(), Math.min(2, size.rounds())));
    report.table("pairs", rows);
  }

  /// Tokens a second.
  private double floor(Test test, long weightBytes, Floors floors) {
    RandomGguf.Shape shape = size.shape();
    double behind = test.depth + test.tokens / 2.0;
    if (!test.prompt) {
      // Keys and values in halves.
      double cached = 4.0 * shape.layers() * shape.kvHeads() * shape.headDim() * behind;
      return floors.bandwidth / (weightBytes + cached);
    }
    double heads = (double) shape.heads() * shape.headDim();
    double keys = (double) shape.kvHeads() * shape.headDim();
    double weights = shape.width() * (2 * heads + 2 * keys + 3.0 * shape.inner());
    double operations = shape.layers() * (2 * weights + 4 * heads * behind);
    return floors.rate / operations;
  }
}
