package engram.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import engram.inference.kernel.Backends;
import engram.inference.kernel.Kernels;
import engram.inference.kernel.WorkerPool;
import engram.inference.model.file.ModelFileException;
import engram.inference.tensor.ElementType;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Damaged files: either they still make a model, or there is one kind of error; and no file makes
/// the reader allocate out of proportion.
class HostileFilesTest {
  private static final long SEED = Long.getLong("seed", new Random().nextLong());
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /// An array of bytes becomes one of longs; then strings, maps, and the parser's buffers.
  private static final long ALLOCATED_PER_BYTE = 64;

  private static final long ALLOCATED_ANYWAY = 4 << 20;

  @TempDir private Path folder;

  @Test
  void damagedGgufIsRefusedOrRead() throws IOException {
    GoldenModel model = GoldenModel.of("gemma3");
    byte[] good =
        GoldenGguf.writer(model, ElementType.F16)
            .put("tokenizer.ggml.tokens", java.util.List.of("a", "b", "ab", "", "c"))
            .put("tokenizer.ggml.scores", new float[] {1, 2, 3, 4, 5})
            .bytes();
    // Nothing but settings and descriptions lies before the first tensor's bytes.
    int header = 5_500;
    Path file = folder.resolve("m.gguf");
    Random random = new Random(SEED);
    int opened = 0;
    for (int round = 0; round < 1500; round++) {
      Files.write(file, damaged(good, header, random));
      opened += opens(file, round, good.length) ? 1 : 0;
    }
    assertThat(opened).as("-Dseed=%d", SEED).isBetween(1, 1499);
  }

  @Test
  void damagedFoldersAreRefusedOrRead() throws IOException {
    GoldenModel model = GoldenModel.of("phi4-mini");
    model.writeFolder(folder, model.config(), ElementType.F16, 2);
    Random random = new Random(SEED);
    int opened = 0;
    for (String name :
        new String[] {
          "config.json", "model.safetensors.index.json", "model-00001-of-00002.safetensors"
        }) {
      Path file = folder.resolve(name);
      byte[] good = Files.readAllBytes(file);
      for (int round = 0; round < 500; round++) {
        Files.write(file, damaged(good, Math.min(good.length, 1_500), random));
        opened += opens(folder, round, good.length + 20_000) ? 1 : 0;
      }
      Files.write(file, good);
    }
    assertThat(opened).as("-Dseed=%d", SEED).isBetween(1, 1499);
  }

  /// A few bytes of the head changed, set to extremes, or the file cut.
  private static byte[] damaged(byte[] good, int head, Random random) {
    byte[] bytes = good.clone();
    switch (random.nextInt(4)) {
      case 0 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
      case 1 -> Arrays.fill(bytes, random.nextInt(head), head, (byte) random.nextInt());
      default -> {
        for (int i = random.nextInt(1, 4); i > 0; i--) {
          int at = random.nextInt(head);
          bytes[at] = random.nextBoolean() ? (byte) random.nextInt() : (byte) (bytes[at] ^ 0x80);
        }
      }
    }
    return bytes;
  }

  private static boolean opens(Path path, int round, long size) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    boolean opened = true;
    try (ModelFile file = ModelFile.open(path)) {
      assertThat(file.config().layers()).isPositive();
    } catch (ModelFileException e) {
      opened = false;
      assertThat(e).hasMessageContaining(":");
    } catch (RuntimeException e) {
      fail("-Dseed=%d, round %d".formatted(SEED, round), e);
    }
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
    assertThat(allocated)
        .as("-Dseed=%d, round %d", SEED, round)
        .isLessThan(ALLOCATED_PER_BYTE * size + ALLOCATED_ANYWAY);
    return opened;
  }

  @Test
  void damagedSettingsDoNotReachTheKernels() throws IOException {
    byte[] good = GoldenGguf.writer(GoldenModel.of("qwen2"), ElementType.F16).bytes();
    Path path = folder.resolve("m.gguf");
    Random random = new Random(SEED);
    try (Kernels kernels = new Kernels(Backends.java(), new WorkerPool(1))) {
      int loaded = 0;
      for (int round = 0; round < 150; round++) {
        byte[] bytes = good.clone();
        bytes[random.nextInt(1_000)] ^= (byte) (1 << random.nextInt(8));
        Files.write(path, bytes);
        try (ModelFile file = ModelFile.open(path);
            Decoder decoder = Decoder.load(file, 16, kernels)) {
          loaded++;
        } catch (ModelFileException e) {
          assertThat(e).hasMessageContaining(":");
        } catch (RuntimeException e) {
          fail("-Dseed=%d, round %d".formatted(SEED, round), e);
        }
      }
      assertThat(loaded).as("-Dseed=%d", SEED).isBetween(1, 149);
    }
  }
}
