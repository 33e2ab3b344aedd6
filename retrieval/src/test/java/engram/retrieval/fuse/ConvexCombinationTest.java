package engram.retrieval.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import engram.retrieval.fuse.Fusion.Fused;
import engram.retrieval.fuse.Fusion.Ranking;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConvexCombinationTest extends FusionContract {
  @Override
  protected Fusion fusion() {
    return new ConvexCombination();
  }

  /// By hand: list A normalised is 1, 0.5, 0 and weighs 3/4; list B is 1, 0 and weighs 1/4.
  @Test
  void scoresAreTheWeightedSumOfNormalisedScores() {
    List<Fused> fused =
        fusion()
            .fuse(
                List.of(
                    new Ranking("A", 3, new long[] {1, 2, 3}, new float[] {10, 6, 2}),
                    new Ranking("B", 1, new long[] {2, 4}, new float[] {0.9f, 0.1f})));
    assertThat(ids(fused)).containsExactly(1L, 2L, 3L, 4L);
    assertThat(fused.get(0).score()).isCloseTo(0.75, within(1e-9));
    assertThat(fused.get(1).score()).isCloseTo(0.75 * 0.5 + 0.25, within(1e-9));
    assertThat(fused.get(1).parts()).containsExactly(0.375, 0.25);
    assertThat(fused.get(2).score()).isZero();
  }

  @Test
  void equalScoresGetTheWholeWeight() {
    List<Fused> fused =
        fusion().fuse(List.of(new Ranking("A", 1, new long[] {1, 2}, new float[] {5, 5})));
    assertThat(fused).extracting(Fused::score).containsExactly(1.0, 1.0);
  }
}
