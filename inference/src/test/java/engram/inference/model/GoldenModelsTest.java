package engram.inference.model;

import static org.assertj.core.api.Assertions.assertThat;

import engram.inference.cache.KvLayout;
import engram.inference.cache.KvSequence;
import engram.inference.cache.MemoryBudget;
import engram.inference.cache.PagePool;
import engram.inference.kernel.Backends;
import engram.inference.kernel.Kernels;
import engram.inference.kernel.KvType;
import engram.inference.kernel.WorkerPool;
import engram.inference.model.config.Pooling;
import engram.inference.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every architecture, in both formats, against what Hugging Face transformers computes in float64
/// (the version is in each file of facts; golden.py says how they were made).
class GoldenModelsTest {
  /// Float32 against float64 over three layers of width 32: sums of 48 products are off by about
  /// 1e-6, norms and softmax keep that, and the reference's own rotations were float32.
  private static final double TOLERANCE = 5e-5;

  private static Kernels kernels;

  @TempDir private Path folder;

  static List<String> decoders() {
    return GoldenModel.DECODERS;
  }

  static List<String> encoders() {
    return GoldenModel.ENCODERS;
  }

  @BeforeAll
  static void start() {
    kernels = new Kernels(Backends.java(), new WorkerPool(2));
  }

  @AfterAll
  static void stop() {
    kernels.close();
  }

  @ParameterizedTest
  @MethodSource("decoders")
  void decodersAgreeLayerByLayer(String name) {
    GoldenModel model = GoldenModel.of(name);
    try (ModelFile file = ModelFile.open(model.writeFolder(folder.resolve(name)))) {
      assertAgrees(model, file, "safetensors");
    }
    if (name.equals("llama-ntk")) {
      return; // GGUF cannot say it
    }
    Path path = GoldenGguf.write(model, ElementType.F32, folder.resolve("m.gguf"));
    try (ModelFile file = ModelFile.open(path)) {
      assertAgrees(model, file, "GGUF");
    }
  }

  private static void assertAgrees(GoldenModel model, ModelFile file, String format) {
    int[] ids = model.ids();
    int[] rows = model.rows();
    // Some models' positions depend on the context that is planned for.
    try (Decoder decoder = Decoder.load(file, ids.length, kernels);
        PagePool pool = pool(decoder);
        KvSequence sequence = new KvSequence(pool)) {
      List<float[]> layers = new ArrayList<>();
      Step step = new Step().watch(new States(layers));
      step.add(sequence, ids, 0);
      for (int row : rows) {
        step.want(row);
      }
      Output output = decoder.forward(step);
      double[][][] hidden = model.hidden();
      for (int layer = 0; layer < hidden.length; layer++) {
        for (int i = 0; i < rows.length; i++) {
          float[] state =
              layer == hidden.length - 1
                  ? output.state(i)
                  : row(layers.get(layer), rows[i], decoder.config().width());
          assertClose(state, hidden[layer][i], format + ", layer " + layer + ", row " + rows[i]);
        }
      }
      for (int i = 0; i < rows.length; i++) {
        assertClose(output.logits(i), model.logits()[i], format + ", logits of row " + rows[i]);
      }
    }
  }

  private record States(List<float[]> layers) implements LayerWatcher {
    @Override
    public void states(int index, MemorySegment states, int rows) {
      layers.add(states.toArray(ValueLayout.JAVA_FLOAT));
    }
  }

  @ParameterizedTest
  @MethodSource("decoders")
  void decodersContinueAsTheReferenceDoes(String name) {
    GoldenModel model = GoldenModel.of(name);
    int[] ids = model.ids();
    int[] expected = model.greedy();
    int total = ids.length + expected.length;
    if (name.equals("llama-ntk") || name.equals("phi3-longrope-short")) {
      return; // the reference changes its positions on the way, without regard to cached keys
    }
    try (ModelFile file = ModelFile.open(model.writeFolder(folder));
        Decoder decoder = Decoder.load(file, total, kernels);
        PagePool pool = pool(decoder);
        KvSequence sequence = new KvSequence(pool)) {
      int[] next = ids;
      int position = 0;
      int[] found = new int[expected.length];
      for (int i = 0; i < expected.length; i++) {
        Step step = new Step();
        step.add(sequence, next, position);
        step.want(next.length - 1);
        found[i] = best(decoder.forward(step).logits(0));
        position += next.length;
        next = new int[] {found[i]};
      }
      assertThat(found).isEqualTo(expected);
    }
  }

  /// Ragged steps, chunked prompts, and other sequences beside: the same numbers, bit for bit.
  @ParameterizedTest
  @MethodSource("decoders")
  void aTokensScoresDoNotDependOnWhatElseIsInAStep(String name) {
    GoldenModel model = GoldenModel.of(name);
    int[] ids = model.ids();
    Path path = model.writeFolder(folder);
    try (ModelFile file = ModelFile.open(path);
        Decoder decoder = Decoder.load(file, 64, kernels);
        PagePool pool = pool(decoder)) {
      float[][] alone = scores(decoder, pool, ids);
      try (KvSequence first = new KvSequence(pool);
          KvSequence second = new KvSequence(pool)) {
        float[][] mixed = new float[ids.length][];
        int done = 0;
        int other = 0;
        for (int chunk = 1; done < ids.length; chunk++) {
          int count = Math.min(chunk, ids.length - done);
          Step step = new Step();
          int[] beside = {(7 * other + 1) % 60, (3 * other + 2) % 60};
          step.add(second, beside, other);
          other += beside.length;
          int row = step.add(first, Arrays.copyOfRange(ids, done, done + count), done);
          for (int i = 0; i < count; i++) {
            step.want(row + i);
          }
          Output output = decoder.forward(step);
          for (int i = 0; i < count; i++) {
            mixed[done + i] = output.logits(i);
          }
          done += count;
        }
        assertThat(mixed).isDeepEqualTo(alone);
      }
    }
  }

  private static float[][] scores(Decoder decoder, PagePool pool, int[] ids) {
    try (KvSequence sequence = new KvSequence(pool)) {
      Step step = new Step();
      step.add(sequence, ids, 0);
      for (int i = 0; i < ids.length; i++) {
        step.want(i);
      }
      Output output = decoder.forward(step);
      float[][] scores = new float[ids.length][];
      for (int i = 0; i < ids.length; i++) {
        scores[i] = output.logits(i);
      }
      return scores;
    }
  }

  @ParameterizedTest
  @MethodSource("encoders")
  void encodersAgree(String name) {
    GoldenModel model = GoldenModel.of(name);
    try (ModelFile file = ModelFile.open(model.writeFolder(folder.resolve(name)))) {
      assertEncoderAgrees(model, file, "safetensors");
    }
    Path path = GoldenGguf.write(model, ElementType.F32, folder.resolve("m.gguf"));
    try (ModelFile file = ModelFile.open(path)) {
      assertEncoderAgrees(model, file, "GGUF");
    }
  }

  private static void assertEncoderAgrees(GoldenModel model, ModelFile file, String format) {
    try (Encoder encoder = Encoder.load(file, kernels)) {
      Encoder.Input text = new Encoder.Input(model.ids(), model.types());
      Encoder.Input other = new Encoder.Input(new int[] {3, 4, 5});
      double[][] last = model.hidden()[model.hidden().length - 1];
      for (List<Encoder.Input> texts : List.of(List.of(text), List.of(other, text, other))) {
        int at = texts.size() / 2;
        assertClose(
            encoder.embed(texts, Pooling.FIRST, false).get(at), last[0], format + ", first");
        assertClose(
            encoder.embed(texts, Pooling.LAST, false).get(at),
            last[last.length - 1],
            format + ", last");
        if (encoder.config().encoder().labels() > 0) {
          assertClose(encoder.classify(texts).get(at), model.logits()[0], format + ", classifier");
        }
      }
    }
  }

  @Test
  void poolsAndNormalises() {
    GoldenModel model = GoldenModel.of("bert");
    try (ModelFile file = ModelFile.open(model.writeFolder(folder));
        Encoder encoder = Encoder.load(file, kernels)) {
      Encoder.Input one = new Encoder.Input(new int[] {7});
      float[] first = encoder.embed(List.of(one), Pooling.FIRST, false).getFirst();
      assertThat(encoder.embed(List.of(one), Pooling.MEAN, false).getFirst()).isEqualTo(first);
      assertThat(encoder.embed(List.of(one), Pooling.MAX, false).getFirst()).isEqualTo(first);
      double length = 0;
      float[] unit = encoder.embed(List.of(one), Pooling.MEAN, true).getFirst();
      for (float value : unit) {
        length += value * value;
      }
      assertThat(length).isCloseTo(1, org.assertj.core.data.Offset.offset(1e-6));
      assertThat(unit[3] / unit[5])
          .isCloseTo(first[3] / first[5], org.assertj.core.data.Offset.offset(1e-4f));
    }
  }

  @Test
  void aDecoderEmbedsByItsFinalStates() {
    GoldenModel model = GoldenModel.of("qwen3");
    double[][] last = model.hidden()[model.hidden().length - 1];
    try (ModelFile file = ModelFile.open(model.writeFolder(folder));
        Decoder decoder = Decoder.load(file, 64, kernels);
        DecoderEmbedder embedder = new DecoderEmbedder(decoder)) {
      // The cache is in half precision here.
      assertClose(
          embedder.embed(model.ids(), Pooling.LAST, false), last[last.length - 1], "last", 5e-3);
      assertClose(embedder.embed(model.ids(), Pooling.FIRST, false), last[0], "first", 5e-3);
    }
  }

  private static PagePool pool(Decoder decoder) {
    KvLayout layout = decoder.layout(KvType.F32);
    return new PagePool(layout, new MemoryBudget(layout.bytes(512)));
  }

  private static float[] row(float[] states, int row, int width) {
    return Arrays.copyOfRange(states, row * width, (row + 1) * width);
  }

  private static int best(float[] scores) {
    int best = 0;
    for (int i = 1; i < scores.length; i++) {
      best = scores[i] > scores[best] ? i : best;
    }
    return best;
  }

  private static void assertClose(float[] found, double[] expected, String what) {
    assertClose(found, expected, what, TOLERANCE);
  }

  private static void assertClose(float[] found, double[] expected, String what, double within) {
    assertThat(found).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < found.length; i++) {
      double off = Math.abs(found[i] - expected[i]);
      assertThat(off <= within * Math.max(1, Math.abs(expected[i])))
          .as("%s, %d: %s instead of %s", what, i, found[i], expected[i])
          .isTrue();
    }
  }
}
