package engram.inference.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class QuantizationTest {
  private static final long SEED = Long.getLong("seed", new Random().nextLong());

  /// Of 2048 numbers in [-1, 1) with a block of zeros; the hashes are of the bytes that llama.cpp
  /// (commit c392e509, `quantize_row_*_ref`) makes of them.
  @ParameterizedTest
  @CsvSource({
    "Q4_0, 23feb40e4fa9f9cc",
    "Q4_1, 1ceca4f9dac051a4",
    "Q5_0, b728c1e2574dbb42",
    "Q5_1, 8eb95f9d19946e2b",
    "Q8_0, 07f1a3b94418ddfa",
  })
  void encodesSimpleBlocksAsTheReferenceDoes(ElementType type, String expected) {
    float[] x = new float[2048];
    long seed = SplitMix.seed("numbers");
    for (int i = 0; i < x.length; i++) {
      x[i] = i / 32 == 3 ? 0 : (float) ((SplitMix.at(seed, i) >>> 40) / (double) (1 << 23) - 1);
    }

    assertThat(Long.toHexString(SplitMix.hash(encode(type, x))))
        .isEqualTo(Long.toHexString(Long.parseUnsignedLong(expected, 16)));
  }

  @ParameterizedTest
  @EnumSource(
      value = ElementType.class,
      names = {"Q2_K", "Q3_K", "IQ4_NL"},
      mode = EnumSource.Mode.EXCLUDE)
  void decodesToWithinAStepOfTheInput(ElementType type) {
    Random random = new Random(SEED);
    for (int round = 0; round < 50; round++) {
      float[] x = new float[1024];
      float spread = (float) Math.exp(random.nextDouble(-6, 6));
      for (int i = 0; i < x.length; i++) {
        x[i] = (float) (random.nextGaussian() * spread);
      }
      float[] decoded = new float[x.length];
      Decoding.decode(type, MemorySegment.ofArray(encode(type, x)), 0, decoded, 0, x.length);

      for (int i = 0; i < x.length; i++) {
        double step = step(type, x, i);
        assertThat(Math.abs(decoded[i] - x[i]) <= step)
            .as(
                "-Dseed=%d, round %d, %s: %s became %s, step %s",
                SEED, round, type, x[i], decoded[i], step)
            .isTrue();
      }
    }
  }

  /// The largest error that rounding to the type's codes can make: one step of the group, with the
  /// rounding of its scale to a half (or, in super-blocks, to six or eight bits of the largest).
  private static double step(ElementType type, float[] x, int i) {
    double group = range(x, i, type == ElementType.Q6_K ? 16 : 32);
    double all = range(x, i, 256);
    // A code of up to 16 times a scale that is off by 1/2048.
    double half = 1 + 1 / 64.0;
    return switch (type) {
      case F32 -> 0;
      case F16 -> Math.max(Math.abs(x[i]) / 2048, Math.pow(2, -25));
      case BF16 -> Math.abs(x[i]) / 256;
      case Q8_0 -> group / 127 * half;
      case Q4_0 -> group / 8 * half;
      case Q4_1 -> 2 * group / 15 * half + group / 1024;
      case Q5_0 -> group / 16 * half;
      case Q5_1 -> 2 * group / 31 * half + group / 1024;
      // Scale and minimum are rounded to 1/63 of the super-block's largest.
      case Q4_K -> 2 * group / 15 * half + 2 * all / 63;
      case Q5_K -> 2 * group / 31 * half + 2 * all / 63;
      case Q6_K -> group / 32 * half + 32 * all / 32 / 128;
      case Q2_K, Q3_K, IQ4_NL -> throw new IllegalArgumentException();
    };
  }

  private static double range(float[] x, int i, int size) {
    double most = 0;
    for (int j = i / size * size; j < i / size * size + size; j++) {
      most = Math.max(most, Math.abs(x[j]));
    }
    return most;
  }

  @Test
  void roundsBrainFloatsToTheNearestTiesToEven() {
    float[] x = {1f, 1 + 0x1p-8f, 1 + 3 * 0x1p-8f, 1 + 0x1.2p-8f, Float.NaN, -0f, Float.MAX_VALUE};
    float[] decoded = new float[x.length];
    Decoding.decode(
        ElementType.BF16,
        MemorySegment.ofArray(encode(ElementType.BF16, x)),
        0,
        decoded,
        0,
        x.length);

    assertThat(decoded)
        .containsExactly(1f, 1f, 1 + 0x1p-6f, 1 + 0x1p-7f, Float.NaN, -0f, Float.POSITIVE_INFINITY);
  }

  @Test
  void saysWhichTypesAreOnlyRead() {
    assertThatThrownBy(() -> encode(ElementType.Q2_K, new float[256]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Q2_K is read but not written");
  }

  private static byte[] encode(ElementType type, float[] x) {
    byte[] bytes = new byte[(int) type.bytes(x.length)];
    Quantization.encode(type, x, 0, x.length, MemorySegment.ofArray(bytes), 0);
    return bytes;
  }
}
