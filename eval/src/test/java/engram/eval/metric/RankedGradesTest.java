package engram.eval.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class RankedGradesTest {
  private static final double EXACT = 1e-12;

  @Test
  void gradedGainsAreDiscountedByTheirRank() {
    // 3 at rank 1, 2 at rank 3, 1 never found, one unjudged between: computed by hand.
    RankedGrades ranked = RankedGrades.of(List.of("a", "x", "b"), Map.of("a", 3, "b", 2, "c", 1));
    double dcg = 3 + 2 / 2.0;
    double ideal = 3 + 2 / 1.584962500721156 + 1 / 2.0;
    assertThat(ranked.ndcg(10)).isCloseTo(dcg / ideal, within(EXACT));
    assertThat(ranked.ndcg(1)).isEqualTo(1);
    assertThat(ranked.ndcg(2)).isCloseTo(3 / (3 + 2 / 1.584962500721156), within(EXACT));
    assertThat(ranked.averagePrecision()).isCloseTo((1 + 2 / 3.0) / 3, within(EXACT));
    assertThat(ranked.recall(2)).isCloseTo(1 / 3.0, within(EXACT));
    assertThat(ranked.precision(10)).isCloseTo(0.2, within(EXACT));
  }

  @Test
  void whatIsNotJudgedOrJudgedBelowOneIsNotRelevant() {
    RankedGrades ranked =
        RankedGrades.of(
            List.of("unjudged", "zero", "minus", "good"),
            Map.of("zero", 0, "minus", -2, "good", 1));
    assertThat(ranked.relevantCount()).isEqualTo(1);
    assertThat(ranked.reciprocalRank(10)).isEqualTo(0.25);
    assertThat(ranked.reciprocalRank(3)).isZero();
    assertThat(ranked.success(3)).isZero();
    assertThat(ranked.ndcg(10)).isCloseTo(1 / (Math.log(5) / Math.log(2)), within(EXACT));
  }

  @Test
  void allEvidenceIsFoundOnlyWhenNoneIsMissing() {
    Map<String, Integer> two = Map.of("a", 1, "b", 1);
    assertThat(RankedGrades.of(List.of("a", "x", "b"), two).allFound(3)).isEqualTo(1);
    assertThat(RankedGrades.of(List.of("a", "x", "b"), two).allFound(2)).isZero();
    assertThat(RankedGrades.of(List.of("a"), Map.of()).allFound(5)).isZero();
  }

  @Test
  void nothingRelevantOrNothingFoundIsZero() {
    for (RankedGrades ranked :
        List.of(
            RankedGrades.of(List.of(), Map.of("a", 1)),
            RankedGrades.of(List.of("a"), Map.of()),
            RankedGrades.of(List.of(), Map.of()))) {
      assertThat(measures(ranked)).containsOnly(0.0);
    }
  }

  @Test
  void aDocumentRankedTwiceIsRefused() {
    assertThatThrownBy(() -> RankedGrades.of(List.of("a", "b", "a"), Map.of()))
        .hasMessage("document 'a' is ranked twice");
    assertThatThrownBy(() -> RankedGrades.of(List.of("a"), Map.of()).ndcg(0)).hasMessage("k 0 < 1");
  }

  @Property
  void everyMeasureLiesBetweenZeroAndOne(
      @ForAll @Size(max = 40) List<@IntRange(min = -1, max = 4) Integer> grades,
      @ForAll long seed) {
    assertThat(measures(ranked(grades, new Random(seed))))
        .allMatch(value -> value >= 0 && value <= 1);
  }

  @Property
  void theBestOrderIsPerfect(
      @ForAll @Size(min = 1, max = 40) List<@IntRange(min = 1, max = 4) Integer> grades) {
    List<Integer> best = new ArrayList<>(grades);
    best.sort(Collections.reverseOrder());
    RankedGrades ranked = ranked(best, null);
    assertThat(ranked.ndcg(10)).isCloseTo(1, within(EXACT));
    assertThat(ranked.averagePrecision()).isCloseTo(1, within(EXACT));
    assertThat(ranked.recall(40)).isEqualTo(1);
    assertThat(ranked.reciprocalRank(1)).isEqualTo(1);
    assertThat(ranked.allFound(40)).isEqualTo(1);
  }

  @Property
  void movingABetterDocumentUpNeverHurts(
      @ForAll @Size(min = 2, max = 20) List<@IntRange(max = 3) Integer> grades,
      @ForAll @IntRange(max = 18) int at) {
    int upper = at % (grades.size() - 1);
    RankedGrades before = ranked(grades, null);
    List<Integer> swapped = new ArrayList<>(grades);
    if (swapped.get(upper) < swapped.get(upper + 1)) {
      Collections.swap(swapped, upper, upper + 1);
    }
    List<Double> after = measures(ranked(swapped, null));
    List<Double> first = measures(before);
    for (int measure = 0; measure < first.size(); measure++) {
      assertThat(after.get(measure)).isGreaterThanOrEqualTo(first.get(measure) - EXACT);
    }
  }

  @Property
  void recallNeverFallsWithDepth(
      @ForAll @Size(max = 30) List<@IntRange(max = 1) Integer> grades,
      @ForAll @IntRange(min = 1, max = 40) int k) {
    RankedGrades ranked = ranked(grades, null);
    assertThat(ranked.recall(k + 1)).isGreaterThanOrEqualTo(ranked.recall(k));
  }

  /// A ranking whose documents have these grades; with a random some of them are not judged, and
  /// some relevant ones are not found.
  private static RankedGrades ranked(List<Integer> grades, Random random) {
    List<String> ranking = new ArrayList<>();
    Map<String, Integer> judgements = new HashMap<>();
    for (int index = 0; index < grades.size(); index++) {
      if (random == null || random.nextInt(4) > 0) {
        ranking.add("d" + index);
      }
      if (random == null || random.nextInt(4) > 0) {
        judgements.put("d" + index, grades.get(index));
      }
    }
    return RankedGrades.of(ranking, judgements);
  }

  private static List<Double> measures(RankedGrades ranked) {
    return List.of(
        ranked.ndcg(10),
        ranked.recall(10),
        ranked.precision(10),
        ranked.reciprocalRank(10),
        ranked.averagePrecision(),
        ranked.success(1),
        ranked.allFound(5));
  }
}
