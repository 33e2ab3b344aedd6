package engram.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MetricTest {
  /// Relevant: a (3) at rank 2, b (1) at rank 4, c (2) nowhere.
  private static final List<String> RANKING = List.of("x", "a", "y", "b", "z");

  private static final Map<String, Integer> GRADES = Map.of("a", 3, "b", 1, "c", 2, "x", 0);

  /// Worked out by hand from the definitions of trec_eval's `ndcg_cut`, `recall`, `P`,
  /// `recip_rank`, `map`, `map_cut` and `success`. The gains 3 at rank 2 and 1 at rank 4 are
  /// discounted by log2(3) = 1.584963 and log2(5) = 2.321928 to 1.892789 and 0.430677; the ideal
  /// order 3, 2, 1 has 3 + 1.261860 + 0.5.
  @ParameterizedTest
  @CsvSource({
    "ndcg@1, 0",
    "ndcg@2, 0.444123",
    "ndcg@3, 0.397490",
    "ndcg@10, 0.487932",
    "recall@1, 0",
    "recall@2, 0.333333",
    "recall@1000, 0.666667",
    "precision@4, 0.5",
    "precision@20, 0.1",
    "mrr, 0.5",
    "mrr@1, 0",
    "mrr@2, 0.5",
    "map, 0.333333",
    "map@1, 0",
    "map@2, 0.166667",
    "map@4, 0.333333",
    "success@1, 0",
    "success@2, 1",
    "hit@2, 1",
    "all_found@5, 0"
  })
  void isWhatItsNameSays(String label, double wanted) {
    Metric metric = Metric.of(label);
    assertThat(metric.label()).isEqualTo(label);
    assertThat(metric.of(RANKING, GRADES)).isCloseTo(wanted, within(1e-6));
    assertThat(metric.of(List.of(), GRADES)).as("nothing ranked").isZero();
    assertThat(metric.of(RANKING, Map.of())).as("nothing relevant").isZero();
  }

  /// `map_cut_k` divides by all relevant documents also where `k` has no room for them, so that the
  /// best ranking of three does not reach 1 at 2.
  @Test
  void aCutAverageCountsWhatIsBeyondTheCutAsMissed() {
    Map<String, Integer> three = Map.of("a", 1, "b", 1, "c", 1);
    List<String> best = List.of("a", "b", "c");
    assertThat(Metric.of("map@2").of(best, three)).isCloseTo(2 / 3.0, within(1e-12));
    assertThat(Metric.of("map").of(best, three)).isEqualTo(1);
  }

  @Test
  void theFirstOneFarDownCountsOnlyWithoutACut() {
    List<String> far =
        java.util.stream.IntStream.rangeClosed(1, 40).mapToObj(rank -> "d" + rank).toList();
    assertThat(Metric.of("mrr").of(far, Map.of("d40", 1))).isEqualTo(1 / 40.0);
    assertThat(Metric.of("mrr@10").of(far, Map.of("d40", 1))).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "beauty",
        "ndcg@",
        "ndcg@0",
        "ndcg@-1",
        "ndcg@01",
        "ndcg@1001",
        "recall@999999999",
        "recall@9999999999",
        "NDCG@10",
        "ndcg@ten",
        " map"
      })
  void otherNamesAreRefused(String label) {
    assertThat(Metric.isOne(label)).isFalse();
    assertThatThrownBy(() -> Metric.of(label)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aRefusalNamesWhatThereIsAndTheBound() {
    assertThatThrownBy(() -> Metric.of("beauty"))
        .hasMessage(
            "'beauty' is no measure; there are ndcg@k, recall@k, precision@k, mrr, mrr@k, map,"
                + " map@k, success@k, hit@k, all_found@k, with k in [1, 1000]");
    assertThatThrownBy(() -> Metric.of("ndcg@1001"))
        .hasMessage("k 1001 of ndcg is not in [1, 1000]");
    assertThatThrownBy(() -> Metric.of("ndcg")).hasMessage("ndcg needs a k, such as ndcg@10");
  }
}
