package engram.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ChoiceTest {
  @Test
  void takesTheHighestMeanWhereAllQueriesAgree() {
    Choice choice = Choice.of(new double[][] {{.1, .2, .3}, {.2, .3, .4}, {.15, .2, .3}});
    assertThat(choice.best()).isEqualTo(1);
    assertThat(choice.gain()).isCloseTo(.1, org.assertj.core.data.Offset.offset(1e-12));
    assertThat(choice.predictedGain()).isCloseTo(.1, org.assertj.core.data.Offset.offset(1e-12));
    assertThat(choice.isBetter()).isTrue();
  }

  /// By hand: without the first query the second configuration loses 0.2 over the others, so the
  /// first is chosen and gains nothing; without the second or the third it is still ahead, by 0.8,
  /// and there it loses 0.1 each.
  @Test
  void doesNotTrustAGainThatOneQueryMakes() {
    Choice choice = Choice.of(new double[][] {{0, .5, .5}, {.9, .4, .4}});
    assertThat(choice.best()).isEqualTo(1);
    assertThat(choice.gain()).isPositive();
    assertThat(choice.predictedGain())
        .isCloseTo(-.2 / 3, org.assertj.core.data.Offset.offset(1e-12));
    assertThat(choice.isBetter()).isFalse();
  }

  @Test
  void keepsTheFirstWhereNothingIsBetter() {
    assertThat(Choice.of(new double[][] {{.5, .5}, {.5, .5}, {.1, .2}}))
        .isEqualTo(new Choice(0, 0, 0));
    assertThat(Choice.of(new double[][] {{}, {}}).isBetter()).isFalse();
  }

  /// Configurations that differ by chance alone are seldom taken for better by much: the prediction
  /// has no bias towards the winner, as its mean has.
  @Test
  void predictsNoGainFromChance() {
    Random random = new Random(3);
    double predicted = 0;
    double seen = 0;
    for (int trial = 0; trial < 300; trial++) {
      double[][] values = new double[20][30];
      for (double[] configuration : values) {
        for (int query = 0; query < configuration.length; query++) {
          configuration[query] = random.nextDouble();
        }
      }
      Choice choice = Choice.of(values);
      predicted += choice.predictedGain() / 300;
      seen += choice.gain() / 300;
    }
    assertThat(seen).isGreaterThan(.05);
    assertThat(predicted).isBetween(-.02, .02);
  }

  @Test
  void refusesValuesForDifferentQueries() {
    assertThatThrownBy(() -> Choice.of(new double[][] {{1, 2}, {1}}))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
