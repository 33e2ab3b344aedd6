package engram.inference.engine;

import engram.inference.BenchmarkReport;
import engram.inference.CacheMethods;
import engram.inference.Generation;
import engram.inference.GenerationEvent;
import engram.inference.GenerationRequest;
import engram.inference.LogitsProcessor;
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
import engram.inference.policy.SinksAndWindow;
import engram.inference.policy.SnapKv;
import engram.inference.policy.StreamingPattern;
import engram.inference.policy.SurprisingTokens;
import engram.inference.schedule.ModelPool;
import engram.inference.tokenizer.Tokenizer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/// What methods of the cache save, and what they cost: memory of the cache's own address range as
/// the system counts it (`mincore`), and how far the next token's distribution moves from that of
/// the whole cache, on real text that is forced upon the model.
///
/// `bench/kv-policies` runs it whole; a test runs it on little.
final class KvPoliciesBenchmark {
  private static final long SYSTEM_PAGE = 4096;
  private static final MethodHandle MINCORE =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().find("mincore").orElseThrow(),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.ADDRESS));

  /// @param passages of `tokens` tokens each
  /// @param prompt tokens of a passage that are read as a prompt; the rest is forced one by one
  /// @param sequences that hold their caches at the same time where memory is measured
  record Size(int passages, int tokens, int prompt, int sequences) {
    static final Size WHOLE = new Size(12, 448, 256, 96);
    static final Size QUICK = new Size(2, 160, 96, 24);
  }

  private record Method(String name, KvType type, CacheMethods methods) {}

  private final Size size;
  private final Path model;
  private final Path book;

  KvPoliciesBenchmark(Size size) {
    this.size = size;
    model = PublicData.require("model-stories260k").resolve("tinyllamas-stories-260k-f32.gguf");
    book = PublicData.require("longtext-books").resolve("alice-s-adventures-in-wonderland.md");
  }

  private List<Method> methods() {
    int small = size.tokens / 7;
    int large = size.tokens / 3;
    List<Method> methods = new ArrayList<>();
    methods.add(new Method("dense, f32", KvType.F32, CacheMethods.ALL));
    methods.add(new Method("dense, f16", KvType.F16, CacheMethods.ALL));
    methods.add(new Method("dense, int8", KvType.INT8, CacheMethods.ALL));
    methods.add(new Method("dense, int4", KvType.INT4, CacheMethods.ALL));
    for (int budget : new int[] {large, small}) {
      methods.add(cut("sinks-window", new CacheMethods(new SinksAndWindow(4), budget)));
      methods.add(
          cut(
              "sinks-window, places in the cache",
              new CacheMethods(new SinksAndWindow(4), budget)
                  .withPattern(new StreamingPattern(4, budget - 4))));
      methods.add(cut("snapkv", new CacheMethods(new SnapKv(16, 5), budget)));
      methods.add(cut("h2o", new CacheMethods(HeavyHitters.DEFAULT, budget)));
      methods.add(cut("sirllm", new CacheMethods(new SurprisingTokens(4, budget / 2, 1), budget)));
    }
    return methods;
  }

  private static Method cut(String name, CacheMethods methods) {
    return new Method(name + ", " + methods.budgetTokens(), KvType.F32, methods);
  }

  /// @return one row for each method
  BenchmarkReport run() throws Exception {
    List<int[]> passages = passages();
    List<Map<String, Object>> rows = new ArrayList<>();
    List<float[][]> dense = new ArrayList<>();
    Memory whole = null;
    try (Kernels kernels = Kernels.load()) {
      for (Method method : methods()) {
        List<float[][]> told = new ArrayList<>();
        for (int[] passage : passages) {
          told.add(distributions(method, passage, kernels));
        }
        if (dense.isEmpty()) {
          dense.addAll(told);
        }
        Memory memory = memory(method, passages, kernels);
        whole = whole == null ? memory : whole;
        Map<String, Object> row = row(method, passages, dense, told, memory, whole);
        rows.add(row);
        BenchmarkReport.say("%d of %d: %s".formatted(rows.size(), methods().size(), row));
      }
    }
    return new BenchmarkReport("What caches cost and save", "bench/kv-policies")
        .fact("model", model.getFileName().toString())
        .fact("text", book.getFileName().toString())
        .fact("passages", size.passages)
        .fact("tokens of a passage", size.tokens)
        .fact("of those read as a prompt", size.prompt)
        .fact("sequences at the same time", size.sequences)
        .prose(
            """
            The rest of each passage is forced token by token, so every method says how likely \
            the same tokens are. *KL* is the mean divergence of the next token's distribution \
            from that of the whole cache in f32, in nats; *perplexity* is of the forced tokens; \
            *same first* is how often the likeliest token is the whole cache's. *Resident* is \
            what the system counts for the cache's own range of addresses (mincore, MB of 10^6) \
            when all sequences are nearly at their end; *freed* is what of the whole cache's it \
            is less. Up to 16 MiB of freed pages stay resident for reuse (*live* has only pages \
            with an owner). Heads of this model are 8 wide, and codes come in groups of 32 \
            channels of which 24 are empty: so int8 and int4 save little here that they save on \
            a usual head.\
            """)
        .table("methods", rows);
  }

  private Map<String, Object> row(
      Method method,
      List<int[]> passages,
      List<float[][]> dense,
      List<float[][]> told,
      Memory memory,
      Memory whole) {
    double divergence = 0;
    double surprise = 0;
    int same = 0;
    int count = 0;
    for (int p = 0; p < told.size(); p++) {
      for (int i = 0; i < told.get(p).length; i++) {
        float[] own = told.get(p)[i];
        float[] theirs = dense.get(p)[i];
        for (int token = 0; token < own.length; token++) {
          divergence += Math.exp(theirs[token]) * (theirs[token] - own[token]);
        }
        surprise -= own[passages.get(p)[size.prompt + i]];
        same += best(own) == best(theirs) ? 1 : 0;
        count++;
      }
    }
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("method", method.name());
    row.put("resident MB", memory.residentBytes() / 1e6);
    row.put("live MB", memory.liveBytes() / 1e6);
    row.put("freed", 1 - memory.residentBytes() / (double) whole.residentBytes());
    row.put("KL", divergence / count);
    row.put("perplexity", Math.exp(surprise / count));
    row.put("same first", same / (double) count);
    return row;
  }

  private static int best(float[] scores) {
    int best = 0;
    for (int i = 1; i < scores.length; i++) {
      best = scores[i] > scores[best] ? i : best;
    }
    return best;
  }

  /// Pieces of a book from all over it.
  private List<int[]> passages() throws IOException {
    String text = Files.readString(book);
    List<int[]> passages = new ArrayList<>();
    try (ModelFile file = ModelFile.open(model)) {
      Tokenizer tokenizer = ModelLoading.tokenizer(file.vocabulary());
      for (int i = 0; i < size.passages; i++) {
        int from = (int) ((long) text.length() * (i + 1) / (size.passages + 2));
        from = text.indexOf(' ', from);
        int[] tokens = tokenizer.encode(text.substring(from, from + 8 * size.tokens), true, false);
        passages.add(Arrays.copyOf(tokens, size.tokens));
      }
    }
    return passages;
  }

  /// Forces a text upon a model, and keeps what the model would have said.
  private final class Teacher implements LogitsProcessor {
    private final int[] text;
    private final Runnable atEnd;
    private final float[] @org.jspecify.annotations.Nullable [] said;

    /// @param keep whether distributions are kept
    /// @param atEnd called with the last token
    Teacher(int[] text, boolean keep, Runnable atEnd) {
      this.text = text;
      this.atEnd = atEnd;
      said = keep ? new float[text.length - size.prompt][] : null;
    }

    @Override
    public String name() {
      return "teacher";
    }

    @Override
    public void apply(float[] scores, StepView step) {
      int at = step.position();
      if (said != null) {
        said[at - size.prompt] = logProbs(scores);
      }
      Arrays.fill(scores, Float.NEGATIVE_INFINITY);
      scores[text[at]] = 0;
      if (at == text.length - 1) {
        atEnd.run();
      }
    }

    private static float[] logProbs(float[] scores) {
      double most = Float.NEGATIVE_INFINITY;
      for (float score : scores) {
        most = Math.max(most, score);
      }
      double sum = 0;
      for (float score : scores) {
        sum += Math.exp(score - most);
      }
      float[] logProbs = new float[scores.length];
      for (int i = 0; i < logProbs.length; i++) {
        logProbs[i] = (float) (scores[i] - most - Math.log(sum));
      }
      return logProbs;
    }
  }

  private float[][] distributions(Method method, int[] passage, Kernels kernels) throws Exception {
    try (Held held = open(method, 1, kernels)) {
      Teacher teacher = new Teacher(passage, true, () -> {});
      end(held.engine().generate(request(method, passage, teacher)));
      float[][] said = teacher.said;
      if (said == null) {
        throw new IllegalStateException("distributions were not kept");
      }
      return said;
    }
  }

  private GenerationRequest request(Method method, int[] passage, Teacher teacher) {
    return GenerationRequest.of(
            "m",
            new Prompt.Tokens(Arrays.copyOf(passage, size.prompt)),
            size.tokens - size.prompt,
            Sampling.GREEDY)
        .withMethods(method.methods())
        .withProcessors(List.of(teacher))
        .withDraft(false);
  }

  private static void end(Generation generation) throws InterruptedException {
    while (true) {
      if (generation.next() instanceof GenerationEvent.End end) {
        if (!end.message().isEmpty()) {
          throw new IllegalStateException(end.message());
        }
        return;
      }
    }
  }

  private record Memory(long residentBytes, long liveBytes) {}

  /// When the first of the sequences is at its end, and so none is far from it.
  private Memory memory(Method method, List<int[]> passages, Kernels kernels) throws Exception {
    try (Held held = open(method, size.sequences, kernels)) {
      AtomicReference<Memory> seen = new AtomicReference<>();
      Runnable look =
          () -> {
            if (seen.get() == null) {
              seen.set(new Memory(resident(held), held.budget().usedBytes()));
            }
          };
      List<Generation> generations = new ArrayList<>();
      for (int i = 0; i < size.sequences; i++) {
        int[] text = passages.get(i % passages.size()).clone();
        text[1] = 3 + i; // each another's
        generations.add(
            held.engine().generate(request(method, text, new Teacher(text, false, look))));
      }
      for (Generation generation : generations) {
        end(generation);
      }
      return seen.get();
    }
  }

  /// What the system holds of the cache's range, by `mincore`: `/proc/self/smaps` counts
  /// neighbouring ranges of the same kind as one.
  private static long resident(Held held) {
    long bytes = (held.to() - held.from()) / SYSTEM_PAGE * SYSTEM_PAGE;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pages = arena.allocate(bytes / SYSTEM_PAGE);
      int failed = (int) MINCORE.invokeExact(held.from(), bytes, pages);
      if (failed != 0) {
        throw new IllegalStateException("mincore failed");
      }
      long count = 0;
      for (long i = 0; i < pages.byteSize(); i++) {
        count += pages.get(ValueLayout.JAVA_BYTE, i) & 1;
      }
      return count * SYSTEM_PAGE;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("mincore", e);
    }
  }

  private record Held(LocalEngine engine, MemoryBudget budget, long from, long to)
      implements AutoCloseable {
    @Override
    public void close() {
      engine.close();
    }
  }

  private Held open(Method method, int sequences, Kernels kernels) throws IOException {
    try (ModelFile file = ModelFile.open(model)) {
      Decoder decoder = Decoder.load(file, size.tokens + 1, kernels);
      MemoryBudget budget =
          new MemoryBudget(decoder.layout(method.type()).bytes((size.tokens + 32L) * sequences));
      PagePool pool = new PagePool(decoder.layout(method.type()), budget);
      LoadedModel loaded =
          new LoadedModel(
              new DecoderModel(
                  decoder, pool, new Attention(kernels.backend(), kernels.pool()), decoder::close),
              TokenizerVocabulary.of(ModelLoading.tokenizer(file.vocabulary()), decoder.config()),
              () -> {
                throw new IllegalStateException("nobody reads along");
              });
      ScheduleSettings settings =
          new ScheduleSettings(
              1024, sequences, 999, 999, 1024, 0, 9999, Duration.ofHours(1), false);
      LocalEngine engine =
          new LocalEngine(Map.of("m", new ModelPool.Source<>(1, () -> loaded)), 1, settings);
      return new Held(engine, budget, pool.address(), pool.address() + budget.bytes());
    }
  }

  public static void main(String[] arguments) throws Exception {
    boolean quick = Arrays.asList(arguments).contains("--quick");
    int out = Arrays.asList(arguments).indexOf("--out");
    BenchmarkReport report = new KvPoliciesBenchmark(quick ? Size.QUICK : Size.WHOLE).run();
    System.out.println(report);
    if (!quick || out >= 0) {
      report.write(Path.of(out >= 0 ? arguments[out + 1] : "docs/benchmarks"), "kv-policies");
    }
  }
}
