package engram.inference.model;

import static org.assertj.core.api.Assertions.assertThat;

import engram.inference.cache.KvSequence;
import engram.inference.cache.MemoryBudget;
import engram.inference.cache.PagePool;
import engram.inference.kernel.Backend;
import engram.inference.kernel.Backends;
import engram.inference.kernel.Kernels;
import engram.inference.kernel.KvType;
import engram.inference.kernel.WorkerPool;
import engram.inference.tensor.ElementType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Whole models whose weights are in blocks say what models say whose weights are the numbers that
/// the blocks stand for, in F32, which [GoldenModelsTest] holds against transformers. So what
/// differs is what activations lose in eight bits, and nothing where they do not go that way.
class QuantisedModelsTest {
  @TempDir private Path folder;

  static Stream<Arguments> cases() {
    List<Arguments> cases = new ArrayList<>();
    for (String model : List.of("llama3", "qwen3", "gemma2", "phi3")) {
      for (ElementType type :
          List.of(
              ElementType.F16,
              ElementType.BF16,
              ElementType.Q8_0,
              ElementType.Q5_1,
              ElementType.Q5_0,
              ElementType.Q4_1,
              ElementType.Q4_0)) {
        cases.add(Arguments.of(model, type));
      }
    }
    return cases.stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aQuantisedModelSaysWhatItsNumbersSay(String name, ElementType type) {
    GoldenModel model = GoldenModel.of(name);
    Path blocks = GoldenGguf.write(model, type, folder.resolve("blocks.gguf"));
    Path numbers = GoldenGguf.writeDecoded(model, type, folder.resolve("numbers.gguf"));
    boolean codes = type != ElementType.F16 && type != ElementType.BF16;
    float[][] expected = scores(numbers, Backends.java(), model.ids());
    for (Backend backend : Backends.all()) {
      float[][] found = scores(blocks, backend, model.ids());
      double most = 0;
      double off = 0;
      for (int i = 0; i < found.length; i++) {
        for (int token = 0; token < found[i].length; token++) {
          double error = Math.abs(found[i][token] - expected[i][token]);
          // Not by max: it would lose a NaN.
          off = error > off || Double.isNaN(error) ? error : off;
          most = Math.max(most, Math.abs(expected[i][token]));
        }
      }
      // A code of eight bits is off by up to 1/254 of its block's greatest; some such errors over
      // three layers, most of them of both signs. Without codes only the order of sums differs.
      double tolerance = codes ? 0.05 * most : 2e-4 * Math.max(1, most);
      assertThat(off <= tolerance)
          .as("%s, %s, %s: off by %s of %s", name, type, backend.name(), off, most)
          .isTrue();
      // Else no code was read.
      assertThat(codes && off == 0).as("%s, %s: %s", name, type, backend.name()).isFalse();
    }
  }

  private static float[][] scores(Path path, Backend backend, int[] ids) {
    try (Kernels kernels = new Kernels(backend, new WorkerPool(1));
        ModelFile file = ModelFile.open(path);
        Decoder decoder = Decoder.load(file, 64, kernels);
        PagePool pool =
            new PagePool(
                decoder.layout(KvType.F32),
                new MemoryBudget(decoder.layout(KvType.F32).bytes(64)));
        KvSequence sequence = new KvSequence(pool)) {
      Step step = new Step();
      step.add(sequence, ids, 0);
      for (int row = 0; row < ids.length; row++) {
        step.want(row);
      }
      Output output = decoder.forward(step);
      float[][] scores = new float[ids.length][];
      for (int row = 0; row < ids.length; row++) {
        scores[row] = output.logits(row);
      }
      return scores;
    }
  }
}
