package engram.retrieval.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class ReciprocalRankFusionTest extends FusionContract {
  @Override
  protected Fusion fusion() {
    return new ReciprocalRankFusion(ReciprocalRankFusion.K_OF_PAPER);
  }

  @Test
  void secondInBothListsBeatsFirstInOne() {
    var fused = fusion().fuse(List.of(ranking(1, 1, 3), ranking(1, 2, 3)));
    assertThat(ids(fused)).containsExactly(3L, 1L, 2L);
    // (1/62 + 1/62) / (2/61)
    assertThat(fused.getFirst().score()).isCloseTo(61.0 / 62, within(1e-12));
  }

  @Test
  void firstInEveryListScoresOne() {
    var fused = fusion().fuse(List.of(ranking(3, 1, 2), ranking(0.1, 1)));
    assertThat(fused.getFirst().score()).isCloseTo(1, within(1e-12));
  }

  @Test
  void aHeavierListDecides() {
    assertThat(ids(fusion().fuse(List.of(ranking(1, 1), ranking(2, 2))))).containsExactly(2L, 1L);
  }

  @Test
  void kIsPositive() {
    assertThatThrownBy(() -> new ReciprocalRankFusion(0)).hasMessage("k 0 < 1");
  }
}
