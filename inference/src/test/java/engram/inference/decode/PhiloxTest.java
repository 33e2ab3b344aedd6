package engram.inference.decode;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PhiloxTest {
  /// From the known answers that the authors publish with Random123.
  @Test
  void theAuthorsKnownAnswersComeOut() {
    assertThat(Philox.block(0, 0, 0, 0, 0, 0))
        .containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    assertThat(Philox.block(-1, -1, -1, -1, -1, -1))
        .containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
    assertThat(Philox.block(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0))
        .containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
  }

  @Test
  void numbersFillTheUnitIntervalEvenly() {
    int[] bins = new int[16];
    int draws = 64_000;
    for (int position = 0; position < draws; position++) {
      double number = Philox.uniform(7, position, 0);
      assertThat(number).isBetween(0.0, Math.nextDown(1.0));
      bins[(int) (number * bins.length)]++;
    }
    // 15 degrees of freedom; beyond 45 lies less than one in ten thousand. The numbers are fixed.
    double expected = (double) draws / bins.length;
    double chiSquare = 0;
    for (int bin : bins) {
      chiSquare += (bin - expected) * (bin - expected) / expected;
    }
    assertThat(chiSquare).isLessThan(45);
  }
}
