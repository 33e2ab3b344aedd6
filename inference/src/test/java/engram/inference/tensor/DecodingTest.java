package engram.inference.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The expected hashes are of what llama.cpp (commit c392e509, `dequantize_row_*`, compiled without
/// contraction of products and sums) makes of the same 64 blocks: bytes from [SplitMix] with the
/// type's name as seed, bit 6 of each half's high byte cleared so that scales are finite.
class DecodingTest {
  private static final int BLOCKS = 64;

  @ParameterizedTest
  @CsvSource({
    "Q4_0,   0, -1, 5f8a6c3e4680a881",
    "Q4_1,   0,  2, ac3e166db376e98e",
    "Q5_0,   0, -1, ba2bca06d0dfa73c",
    "Q5_1,   0,  2, a179f6fed53e7f01",
    "Q8_0,   0, -1, 6dd635e835e32c31",
    "Q2_K,  80, 82, e9cdba25c02ef6f3",
    "Q3_K, 108, -1, 0193420aa9aaea45",
    "Q4_K,   0,  2, 62df940779463fa2",
    "Q5_K,   0,  2, 87087aa352626685",
    "Q6_K, 208, -1, 89dcc7f134d08f1a",
    "IQ4_NL, 0, -1, 258471a719ec76df",
  })
  void decodesBlocksBitForBit(ElementType type, int firstHalf, int secondHalf, String expected) {
    byte[] bytes = new byte[BLOCKS * type.blockBytes()];
    long seed = SplitMix.seed(type.name());
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) SplitMix.at(seed, i);
    }
    for (int block = 0; block < BLOCKS; block++) {
      bytes[block * type.blockBytes() + firstHalf + 1] &= (byte) 0xbf;
      if (secondHalf >= 0) {
        bytes[block * type.blockBytes() + secondHalf + 1] &= (byte) 0xbf;
      }
    }
    float[] values = new float[BLOCKS * type.blockElements()];

    Decoding.decode(type, MemorySegment.ofArray(bytes), 0, values, 0, values.length);

    assertThat(Long.toHexString(SplitMix.hash(littleEndian(values))))
        .isEqualTo(Long.toHexString(Long.parseUnsignedLong(expected, 16)));
  }

  @Test
  void decodesEveryHalfAsJavaDoesAndBrainFloatsAsTheUpperHalfOfAFloat() {
    float[] one = new float[1];
    for (int bits = 0; bits < 1 << 16; bits++) {
      MemorySegment data = MemorySegment.ofArray(new byte[] {(byte) bits, (byte) (bits >> 8)});
      Decoding.decode(ElementType.F16, data, 0, one, 0, 1);
      assertThat(Float.floatToRawIntBits(one[0]))
          .isEqualTo(Float.floatToRawIntBits(Float.float16ToFloat((short) bits)));
      Decoding.decode(ElementType.BF16, data, 0, one, 0, 1);
      assertThat(Float.floatToRawIntBits(one[0])).isEqualTo(bits << 16);
    }
  }

  @Test
  void readsAtAnyOffsetAndWritesOnlyWhereItWasAsked() {
    byte[] bytes = new byte[1 + 2 * 34];
    bytes[2] = 0x3c; // the first scale is 1
    bytes[3] = 5;
    bytes[36] = 0x40; // the second is 2
    bytes[37] = -128;
    float[] values = new float[70];

    Decoding.decode(ElementType.Q8_0, MemorySegment.ofArray(bytes), 1, values, 3, 64);

    assertThat(values[3]).isEqualTo(5);
    assertThat(values[35]).isEqualTo(-256);
    assertThat(values[2]).isZero();
    assertThat(values[67]).isZero();
  }

  @Test
  void refusesHalfBlocksAndShortMemory() {
    MemorySegment data = MemorySegment.ofArray(new byte[34]);
    assertThatThrownBy(() -> Decoding.decode(ElementType.Q8_0, data, 0, new float[64], 0, 31))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("31 elements of Q8_0");
    assertThatThrownBy(() -> Decoding.decode(ElementType.Q8_0, data, 0, new float[64], 0, 64))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> Decoding.decode(ElementType.Q8_0, data, 0, new float[31], 0, 32))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  private static byte[] littleEndian(float[] values) {
    ByteBuffer buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      buffer.putFloat(value);
    }
    return buffer.array();
  }
}
