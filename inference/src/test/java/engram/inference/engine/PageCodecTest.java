package engram.inference.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.inference.KvCodec;
import engram.inference.kernel.Backends;
import engram.inference.kernel.KvType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What every [KvCodec] keeps, asked of the kernels' pages.
class PageCodecTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());
  private static final int TOKENS = 32;

  /// How far a number may be from what was stored: half a step of its group's scale, and the
  /// rounding of scales (and minima) to halves.
  private static double tolerance(KvType type, float[] numbers, int at) {
    int first = at / 32 * 32;
    float least = Float.POSITIVE_INFINITY;
    float most = Float.NEGATIVE_INFINITY;
    for (int i = first; i < Math.min(numbers.length, first + 32); i++) {
      least = Math.min(least, numbers[i]);
      most = Math.max(most, numbers[i]);
    }
    double largest = Math.max(Math.abs(least), Math.abs(most));
    double half = largest * 0x1.0p-10 + 1e-6;
    return switch (type) {
      case F32 -> 0;
      case F16 -> half;
      case INT8 -> largest / 127 * 0.51 + half;
      case INT4 -> (most - least) / 15 * 0.51 + 4 * half;
    };
  }

  @ParameterizedTest
  @EnumSource(KvType.class)
  void eachTokenComesBackByItselfWhateverItsNeighboursAre(KvType type) {
    KvCodec codec = new PageCodec(type, Backends.java());
    Random random = new Random(SEED);
    for (int headDim : new int[] {1, 8, 31, 33, 64, 100, 128}) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment page = arena.allocate(codec.pageBytes(headDim, TOKENS), 64);
        float[][] keys = new float[TOKENS][headDim];
        float[][] values = new float[TOKENS][headDim];
        // Some slots are written twice: the last counts.
        for (int i = 0; i < 100; i++) {
          int slot = i < TOKENS ? i : random.nextInt(TOKENS);
          float size = (float) Math.pow(10, random.nextInt(-2, 3));
          for (int d = 0; d < headDim; d++) {
            keys[slot][d] = (float) random.nextGaussian() * size;
            values[slot][d] = (float) random.nextGaussian();
          }
          codec.encode(keys[slot], values[slot], page, slot, headDim, TOKENS);
        }
        for (int slot = 0; slot < TOKENS; slot++) {
          float[] key = new float[headDim];
          float[] value = new float[headDim];
          codec.decode(page, slot, key, value, headDim, TOKENS);
          for (int d = 0; d < headDim; d++) {
            String how =
                "-Dseed=%d, %s, headDim %d, slot %d, %d".formatted(SEED, type, headDim, slot, d);
            assertThat(Math.abs(key[d] - keys[slot][d]) <= tolerance(type, keys[slot], d))
                .as(how + ": key " + keys[slot][d] + " came back as " + key[d])
                .isTrue();
            assertThat(Math.abs(value[d] - values[slot][d]) <= tolerance(type, values[slot], d))
                .as(how + ": value " + values[slot][d] + " came back as " + value[d])
                .isTrue();
          }
        }
      }
    }
  }

  @Test
  void fewerBitsTakeFewerBytes() {
    long[] bytes = new long[4];
    for (KvType type : KvType.values()) {
      bytes[type.ordinal()] = new PageCodec(type, Backends.java()).pageBytes(128, TOKENS);
    }
    assertThat(bytes).isSortedAccordingTo((a, b) -> Long.compare(b, a));
    // Eight bits and a half for each 32, against 32 bits.
    assertThat((double) bytes[KvType.INT8.ordinal()] / bytes[KvType.F32.ordinal()])
        .isLessThan(0.28);
    assertThat((double) bytes[KvType.INT4.ordinal()] / bytes[KvType.F32.ordinal()])
        .isLessThan(0.17);
  }

  @Test
  void whatDoesNotFitIsRefused() {
    KvCodec codec = new PageCodec(KvType.F16, Backends.java());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment page = arena.allocate(codec.pageBytes(4, TOKENS), 64);
      float[] four = new float[4];
      assertThatThrownBy(() -> codec.encode(four, four, page, 32, 4, TOKENS))
          .hasMessageContaining("slot 32");
      assertThatThrownBy(() -> codec.encode(four, new float[3], page, 0, 4, TOKENS))
          .hasMessageContaining("value of 3");
      assertThatThrownBy(() -> codec.encode(four, four, page.asSlice(64), 0, 4, TOKENS))
          .hasMessageContaining("smaller than");
      assertThatThrownBy(() -> codec.pageBytes(4, 16)).hasMessageContaining("pageTokens 16");
    }
  }
}
