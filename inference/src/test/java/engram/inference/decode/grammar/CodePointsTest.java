package engram.inference.decode.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CodePointsTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());
  private static final int[] BORDERS = {
    0, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x3FFFF, 0x40000, 0x10FFFF
  };

  private static int somewhere(Random random) {
    int c =
        random.nextBoolean()
            ? BORDERS[random.nextInt(BORDERS.length)] + random.nextInt(-70, 71)
            : random.nextInt(Character.MAX_CODE_POINT + 1);
    return Math.clamp(c, 0, Character.MAX_CODE_POINT);
  }

  private static CodePoints random(Random random) {
    List<CodePoints.Range> ranges = new ArrayList<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      int a = somewhere(random);
      int b = random.nextBoolean() ? a : somewhere(random);
      ranges.add(new CodePoints.Range(Math.min(a, b), Math.max(a, b)));
    }
    return new CodePoints(ranges);
  }

  private static boolean matches(CodePoints set, byte[] bytes) {
    long hits =
        set.utf8().stream()
            .filter(sequence -> {
              if (sequence.length != bytes.length) {
                return false;
              }
              for (int i = 0; i < bytes.length; i++) {
                int value = bytes[i] & 0xFF;
                if (value < sequence[i][0] || value > sequence[i][1]) {
                  return false;
                }
              }
              return true;
            })
            .count();
    assertThat(hits).isLessThanOrEqualTo(1);
    return hits == 1;
  }

  @Test
  void formsMatchExactlyTheSetsCharacters() {
    Random random = new Random(SEED);
    for (int round = 0; round < 300; round++) {
      CodePoints set = random(random);
      for (int i = 0; i < 60; i++) {
        int c = somewhere(random);
        if (c >= 0xD800 && c <= 0xDFFF) {
          continue;
        }
        byte[] bytes = Character.toString(c).getBytes(StandardCharsets.UTF_8);
        assertThat(matches(set, bytes))
            .as("-Dseed=%d, round %d, U+%04X in %s", SEED, round, c, set)
            .isEqualTo(set.contains(c));
      }
    }
  }

  @Test
  void bytesThatAreNoCharacterMatchNothing() {
    for (int[] bytes :
        new int[][] {
          {0x80},
          {0xC0, 0x80},
          {0xC1, 0xBF},
          {0xE0, 0x80, 0x80},
          {0xED, 0xA0, 0x80},
          {0xF0, 0x80, 0x80, 0x80},
          {0xF4, 0x90, 0x80, 0x80},
          {0xF5, 0x80, 0x80, 0x80},
          {0xFF}
        }) {
      byte[] wrong = new byte[bytes.length];
      for (int i = 0; i < bytes.length; i++) {
        wrong[i] = (byte) bytes[i];
      }
      assertThat(matches(CodePoints.ALL, wrong)).isFalse();
    }
  }

  @Test
  void setsAreAlgebra() {
    Random random = new Random(SEED);
    for (int round = 0; round < 300; round++) {
      CodePoints a = random(random);
      CodePoints b = random(random);
      for (int i = 0; i < 40; i++) {
        int c = somewhere(random);
        if (c >= 0xD800 && c <= 0xDFFF) {
          assertThat(a.or(b).complement().contains(c)).isFalse();
          continue;
        }
        String how = "-Dseed=%d, round %d, U+%04X".formatted(SEED, round, c);
        assertThat(a.or(b).contains(c)).as(how).isEqualTo(a.contains(c) || b.contains(c));
        assertThat(a.and(b).contains(c)).as(how).isEqualTo(a.contains(c) && b.contains(c));
        assertThat(a.minus(b).contains(c)).as(how).isEqualTo(a.contains(c) && !b.contains(c));
        assertThat(a.complement().contains(c)).as(how).isEqualTo(!a.contains(c));
      }
    }
  }
}
