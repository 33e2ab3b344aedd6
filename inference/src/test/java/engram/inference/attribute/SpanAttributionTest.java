package engram.inference.attribute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import engram.inference.Attribution;
import engram.inference.Attribution.TokenSpan;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SpanAttributionTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());

  private static float[] row(Random random, int count) {
    double[] weights = random.doubles(count, 0, 1).toArray();
    double sum = java.util.Arrays.stream(weights).sum();
    float[] row = new float[count + 3];
    for (int i = 0; i < count; i++) {
      row[i] = (float) (weights[i] / sum);
    }
    return row;
  }

  @Test
  void sharesAreTheMeanOfTheWeightsOnEachSpan() {
    Random random = new Random(SEED);
    List<TokenSpan> spans = List.of(new TokenSpan(2, 5), new TokenSpan(8, 9), new TokenSpan(5, 8));
    int prompt = 12;
    int answer = 4;
    int rows = 6;
    SpanAttribution attribution = new SpanAttribution(spans, prompt, answer);
    double[][] expected = new double[answer][3];
    for (int token = 0; token < answer; token++) {
      int query = prompt + token - 1;
      for (int r = 0; r < rows; r++) {
        float[] row = row(random, query + 1);
        attribution.add(query, null, row, query + 1);
        for (int s = 0; s < 3; s++) {
          for (int j = spans.get(s).start(); j < spans.get(s).end(); j++) {
            expected[token][s] += row[j] / (double) rows;
          }
        }
      }
    }
    Attribution result = attribution.result();
    for (int token = 0; token < answer; token++) {
      double sum = result.rest(token);
      for (int s = 0; s < 3; s++) {
        assertThat(result.shares()[token][s])
            .as("-Dseed=%d", SEED)
            // Rows of 4-byte numbers sum to 1 within some units of their last place.
            .isCloseTo(expected[token][s], within(1e-5));
        sum += result.shares()[token][s];
      }
      assertThat(sum).isCloseTo(1, within(1e-12));
    }
    double[] mean = result.ofTokens(1, 3);
    assertThat(mean[0])
        .isCloseTo((result.shares()[1][0] + result.shares()[2][0]) / 2, within(1e-12));
  }

  @Test
  void entriesThatACacheDroppedAreSkipped() {
    SpanAttribution attribution = new SpanAttribution(List.of(new TokenSpan(3, 7)), 10, 1);
    attribution.add(9, new int[] {0, 3, 6, 7, 9}, new float[] {.1f, .2f, .3f, .3f, .1f}, 5);
    assertThat(attribution.result().shares()[0][0]).isCloseTo(0.5, within(1e-6));
  }

  @Test
  void whatIsNoRowOfTheAnswerIsRefused() {
    SpanAttribution attribution = new SpanAttribution(List.of(new TokenSpan(0, 2)), 4, 2);
    assertThatThrownBy(() -> attribution.add(3, null, new float[] {.5f, .4f, 0, 0}, 4))
        .hasMessageContaining("sums to 0.9");
    assertThatThrownBy(() -> attribution.add(3, null, new float[] {Float.NaN, 0, 0, 0}, 4))
        .hasMessageContaining("sums to NaN");
    assertThatThrownBy(() -> attribution.add(5, null, new float[] {1}, 1))
        .hasMessageContaining("gives none of the 2 tokens from 4");
    assertThatThrownBy(
            () -> new SpanAttribution(List.of(new TokenSpan(0, 2), new TokenSpan(1, 3)), 4, 2))
        .hasMessageContaining("[1, 3) overlaps");
    assertThatThrownBy(() -> new SpanAttribution(List.of(new TokenSpan(3, 5)), 4, 2))
        .hasMessageContaining("ends after the prompt's 4");
  }
}
