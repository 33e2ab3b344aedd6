package engram.inference.model;

import static org.assertj.core.api.Assertions.assertThat;

import engram.inference.AttentionPattern;
import engram.inference.AttentionPattern.Positions;
import java.util.Random;

/// What attention under a pattern is, in double: every key by itself, at the distance that the
/// pattern says.
final class PatternOracle {
  static final long SEED = Long.getLong("seed", System.nanoTime());
  static final int HEADS = 4;
  static final int KV_HEADS = 2;
  static final int DIM = 8;
  static final int CONTEXT = 256;
  static final float SCALE = 0.35f;
  static final float[] FREQUENCIES = {1, 0.3f, 0.1f, 0.01f};

  /// Floats of values around 1 through rotations, scores and sums of some hundred products.
  private static final double TOLERANCE = 2e-4;

  private PatternOracle() {}

  /// A text's numbers before rotation.
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Text(float[][] q, float[][] k, float[][] v) {
    static Text random(Random random, int tokens) {
      return new Text(
          floats(random, tokens, HEADS * DIM),
          floats(random, tokens, KV_HEADS * DIM),
          floats(random, tokens, KV_HEADS * DIM));
    }

    private static float[][] floats(Random random, int rows, int columns) {
      float[][] floats = new float[rows][columns];
      for (float[] row : floats) {
        for (int i = 0; i < columns; i++) {
          row[i] = (float) random.nextGaussian();
        }
      }
      return floats;
    }
  }

  /// Entries that a head kept; null for all.
  interface Kept {
    boolean test(int head, int position);
  }

  static void assertRow(
      float[] found, Text text, AttentionPattern pattern, int window, int query, Kept kept) {
    for (int head = 0; head < HEADS; head++) {
      double[] expected = slow(text, pattern, window, query, head, kept);
      for (int d = 0; d < DIM; d++) {
        double off = Math.abs(found[head * DIM + d] - expected[d]);
        assertThat(off <= TOLERANCE)
            .as(
                "-Dseed=%d, %s, window %d, query %d, head %d, %d: %s instead of %s",
                SEED, pattern, window, query, head, d, found[head * DIM + d], expected[d])
            .isTrue();
      }
    }
  }

  private static double[] slow(
      Text text, AttentionPattern pattern, int window, int query, int head, Kept kept) {
    int[] spans = pattern.spans(query);
    int kvHead = head / (HEADS / KV_HEADS);
    int total = 0;
    for (int i = 0; i < spans.length; i += 2) {
      total += spans[i + 1] - spans[i];
    }
    double sum = 0;
    double[] out = new double[DIM];
    int index = 0;
    for (int i = 0; i < spans.length; i += 2) {
      for (int key = spans[i]; key < spans[i + 1]; key++, index++) {
        int distance =
            switch (pattern.positions()) {
              case Positions.True() -> query - key;
              case Positions.InCache() -> total - 1 - index;
              case Positions.Capped(int most) -> Math.min(most, query - key);
            };
        if ((window > 0 && distance >= window) || !kept.test(kvHead, key)) {
          continue;
        }
        double weight = Math.exp(SCALE * dot(text, query, key, head, kvHead, distance));
        sum += weight;
        for (int d = 0; d < DIM; d++) {
          out[d] += weight * text.v()[key][kvHead * DIM + d];
        }
      }
    }
    for (int d = 0; d < DIM && sum > 0; d++) {
      out[d] /= sum;
    }
    return out;
  }

  private static double dot(Text text, int query, int key, int head, int kvHead, int distance) {
    double dot = 0;
    for (int pair = 0; pair < DIM / 2; pair++) {
      double c = Math.cos(distance * (double) FREQUENCIES[pair]);
      double s = Math.sin(distance * (double) FREQUENCIES[pair]);
      double a = text.q()[query][head * DIM + pair];
      double b = text.q()[query][head * DIM + pair + DIM / 2];
      double x = text.k()[key][kvHead * DIM + pair];
      double y = text.k()[key][kvHead * DIM + pair + DIM / 2];
      dot += (a * c - b * s) * x + (a * s + b * c) * y;
    }
    return dot;
  }
}
