package engram.retrieval.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import engram.retrieval.fuse.Fusion.Fused;
import engram.retrieval.fuse.Fusion.Ranking;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// What every [Fusion] keeps.
abstract class FusionContract {
  private static final long SEED = Long.getLong("seed", System.nanoTime());

  protected abstract Fusion fusion();

  static Ranking ranking(double weight, long... ids) {
    float[] scores = new float[ids.length];
    for (int i = 0; i < ids.length; i++) {
      scores[i] = ids.length - i;
    }
    return new Ranking("list", weight, ids, scores);
  }

  static List<Long> ids(List<Fused> fused) {
    return fused.stream().map(Fused::id).toList();
  }

  @Test
  void nothingFusesToNothing() {
    assertThat(fusion().fuse(List.of())).isEmpty();
    assertThat(fusion().fuse(List.of(ranking(1), ranking(1)))).isEmpty();
  }

  @Test
  void oneListKeepsItsOrder() {
    assertThat(ids(fusion().fuse(List.of(ranking(1, 7, 3, 9))))).containsExactly(7L, 3L, 9L);
  }

  @Test
  void aListWithoutWeightIsAsGoodAsAbsent() {
    assertThat(ids(fusion().fuse(List.of(ranking(0, 1, 2), ranking(1, 3))))).containsExactly(3L);
  }

  @Test
  void tiesKeepFirstAppearance() {
    assertThat(ids(fusion().fuse(List.of(ranking(1, 5), ranking(1, 4))))).containsExactly(5L, 4L);
  }

  @Test
  void everyListOfRandomRankingsIsFusedWithinTheLimits() {
    Random random = new Random(SEED);
    for (int round = 0; round < 200; round++) {
      List<Ranking> rankings = new ArrayList<>();
      Set<Long> all = new HashSet<>();
      for (int list = random.nextInt(6); list > 0; list--) {
        List<Long> shuffled =
            new ArrayList<>(LongStream.range(0, random.nextInt(101)).boxed().toList());
        Collections.shuffle(shuffled, random);
        double weight = random.nextInt(4) == 0 ? 0 : random.nextDouble() * 10;
        rankings.add(ranking(weight, shuffled.stream().mapToLong(id -> id).toArray()));
        if (weight > 0) {
          all.addAll(shuffled);
        }
      }
      List<Fused> fused = fusion().fuse(rankings);
      String how = "-Dseed=%d, round %d".formatted(SEED, round);
      assertThat(ids(fused)).as(how).doesNotHaveDuplicates().hasSameElementsAs(all);
      double last = 1;
      for (Fused one : fused) {
        double sum = 0;
        for (double part : one.parts()) {
          sum += part;
        }
        // A sum of at most 5 rounded numbers of at most 1.
        assertThat(Math.abs(sum - one.score()) <= 5 * Math.ulp(1.0)).as(how).isTrue();
        assertThat(one.score() >= 0 && one.score() <= last).as(how).isTrue();
        last = one.score();
      }
      assertThat(ids(fusion().fuse(rankings))).as(how).isEqualTo(ids(fused));
    }
  }
}
