package engram.eval.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import engram.eval.Comparison;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class PairedStatisticsTest {
  @Test
  void fewQueriesAreTestedExactly() {
    // All five the same way: of 2^5 sign flips two reach the sum, + and - alike.
    assertThat(PairedStatistics.randomisationTest(new double[] {0.1, 0.2, 0.3, 0.1, 0.2}, 1))
        .isEqualTo(2.0 / 32);
    // 1, 1 and -1: |sum| >= 1 always.
    assertThat(PairedStatistics.randomisationTest(new double[] {1, 1, -1}, 1)).isEqualTo(1);
    assertThat(PairedStatistics.randomisationTest(new double[] {0, 0}, 1)).isEqualTo(1);
    assertThat(PairedStatistics.randomisationTest(new double[] {}, 1)).isEqualTo(1);
  }

  @Test
  void drawnPermutationsComeNearTheExactValue() {
    double[] differences = new double[13];
    double[] more = new double[14];
    for (int index = 0; index < 13; index++) {
      differences[index] = index % 3 == 0 ? -0.1 : 0.1 + index * 0.01;
      more[index] = differences[index];
    }
    more[13] = 1e-9; // one more than can be tried in full, without weight
    double exact = PairedStatistics.randomisationTest(differences, 7);
    // Standard error of a share p of 10,000 draws is at most 0.005; four of them.
    assertThat(PairedStatistics.randomisationTest(more, 7)).isCloseTo(exact, within(0.02));
  }

  @Test
  void theSameSeedGivesTheSameAndAnotherOneHardlyDiffers() {
    Random random = new Random(5);
    double[] values = random.doubles(300).toArray();
    var interval = PairedStatistics.bootstrap(values, 0.95, 42);
    assertThat(PairedStatistics.bootstrap(values, 0.95, 42)).isEqualTo(interval);
    assertThat(PairedStatistics.bootstrap(values, 0.95, 43)).isNotEqualTo(interval);
    // For so many values the interval is that of the normal distribution: mean +- 1.96 s/sqrt(n).
    double mean = PairedStatistics.mean(values);
    double deviation =
        Math.sqrt(Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum() / 300);
    assertThat(interval.low()).isCloseTo(mean - 1.96 * deviation / Math.sqrt(300), within(0.003));
    assertThat(interval.high()).isCloseTo(mean + 1.96 * deviation / Math.sqrt(300), within(0.003));
  }

  @Property(tries = 50)
  void theIntervalLiesAmongTheValuesAndPBetweenZeroAndOne(
      @ForAll @Size(min = 1, max = 50) double[] raw) {
    double[] values = Arrays.stream(raw).map(v -> Double.isFinite(v) ? Math.tanh(v) : 0).toArray();
    var interval = PairedStatistics.bootstrap(values, 0.95, 3);
    double least = Arrays.stream(values).min().orElseThrow();
    double most = Arrays.stream(values).max().orElseThrow();
    assertThat(interval.low()).isBetween(least - 1e-12, most + 1e-12);
    assertThat(interval.high()).isBetween(interval.low(), most + 1e-12);
    double p = PairedStatistics.randomisationTest(values, 3);
    assertThat(p).isGreaterThan(0).isLessThanOrEqualTo(1);
  }

  @Test
  void percentilesAreByNearestRank() {
    double[] values = {5, 1, 4, 2, 3};
    assertThat(PairedStatistics.percentile(values, 0.5)).isEqualTo(3);
    assertThat(PairedStatistics.percentile(values, 0.95)).isEqualTo(5);
    assertThat(PairedStatistics.percentile(values, 0.2)).isEqualTo(1);
    assertThat(PairedStatistics.percentile(new double[0], 0.5)).isZero();
  }

  @Test
  void aComparisonCountsWinsLossesAndTies() {
    Comparison compared =
        Comparison.of("ndcg@10", new double[] {0.5, 0.5, 0.5}, new double[] {0.6, 0.4, 0.5}, 1);
    assertThat(compared.wins()).isEqualTo(1);
    assertThat(compared.losses()).isEqualTo(1);
    assertThat(compared.ties()).isEqualTo(1);
    assertThat(compared.meanDifference()).isCloseTo(0, within(1e-12));
    assertThat(compared.p()).isEqualTo(1);
  }

  @Property(tries = 100)
  void comparingTheOtherWayRoundTurnsTheSign(
      @ForAll @Size(min = 1, max = 20) double @DoubleRange(min = 0, max = 1) [] values) {
    double[] other = Arrays.stream(values).map(v -> 1 - v).toArray();
    Comparison there = Comparison.of("m", values, other, 9);
    Comparison back = Comparison.of("m", other, values, 9);
    assertThat(back.meanDifference()).isCloseTo(-there.meanDifference(), within(1e-12));
    assertThat(back.wins()).isEqualTo(there.losses());
    assertThat(back.p()).isEqualTo(there.p());
  }
}
