package engram.eval.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import engram.eval.metric.RankedGrades;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// A run file and judgements as trec_eval takes them, with what it trips others up by: ranks that
/// contradict scores, ties, grades above 1, negative grades, documents that nobody judged, relevant
/// ones that are not ranked. Every figure is worked out by hand from trec_eval's definitions
/// (`m_ndcg_cut.c`, `m_map.c`, `m_P.c`, `m_recall.c`, `m_recip_rank.c`, `m_success.c`).
class TrecRunFiguresTest {
  /// Topic 1 ranks by score c, then b before a (a tie: the later name first), then x, d, e.
  private static final String RUN =
      """
      1 Q0 a 1 2.50 mine
      1 Q0 b 2 2.50 mine
      1 Q0 c 3 9.75 mine
      1 Q0 d 4 1e-1 mine
      1 Q0 e 5 -3 mine
      1 Q0 x 6 0.2 mine

      2\tQ0\tq\t1\t1.0\tmine
      2\tQ0\tp\t2\t2.0\tmine
      """;

  /// Grades of topic 1: a 3, b -1 (spam), d 1, e 2, and f 2, which the run does not have.
  private static final String JUDGED =
      """
      1 0 a 3
      1 0 b -1
      1 0 c 0
      1 0 d 1
      1 0 e 2
      1 0 f 2
      2 0 z 1
      """;

  private final Map<String, List<String>> run = read(RUN);

  @Test
  void documentsAreOrderedByScoreAndTiesByName() {
    assertThat(run).containsOnlyKeys("1", "2");
    assertThat(run.get("1")).containsExactly("c", "b", "a", "x", "d", "e");
    assertThat(run.get("2")).containsExactly("p", "q");
  }

  @Test
  void gradedFiguresAreThoseOfTheDefinitions() {
    RankedGrades ranked = RankedGrades.of(run.get("1"), judgements().get("1"));
    // Relevant: a (3) at rank 3, d (1) at rank 5, e (2) at rank 6, f (2) nowhere.
    assertThat(ranked.relevantCount()).isEqualTo(4);
    assertThat(ranked.averagePrecision()).isCloseTo((1 / 3.0 + 2 / 5.0 + 3 / 6.0) / 4, exactly());
    assertThat(ranked.reciprocalRank(10)).isCloseTo(1 / 3.0, exactly());
    assertThat(ranked.precision(5)).isCloseTo(2 / 5.0, exactly());
    assertThat(ranked.precision(10)).isCloseTo(3 / 10.0, exactly());
    assertThat(ranked.recall(5)).isEqualTo(0.5);
    assertThat(ranked.recall(10)).isEqualTo(0.75);
    assertThat(ranked.success(1)).isZero();
    assertThat(ranked.success(3)).isEqualTo(1);
    assertThat(ranked.allFound(10)).isZero();
    // Discounts 1 / log2(rank + 1): 1, .63093, .5, .43068, .38685, .35621. Ideal order: 3, 2, 2, 1.
    double ideal = 3 + 2 * 0.6309297536 + 2 * 0.5 + 0.4306765581;
    assertThat(ranked.ndcg(10))
        .isCloseTo((3 * 0.5 + 1 * 0.3868528072 + 2 * 0.3562071871) / ideal, within(1e-9));
    assertThat(ranked.ndcg(5)).isCloseTo((3 * 0.5 + 0.3868528072) / ideal, within(1e-9));
    // Of three the ideal is 3, 2, 2.
    assertThat(ranked.ndcg(3)).isCloseTo(3 * 0.5 / (3 + 2 * 0.6309297536 + 2 * 0.5), within(1e-9));
  }

  @Test
  void aTopicWhoseRelevantDocumentIsNotRankedHasNothing() {
    RankedGrades ranked = RankedGrades.of(run.get("2"), judgements().get("2"));
    assertThat(ranked.relevantCount()).isOne();
    assertThat(ranked.ndcg(10)).isZero();
    assertThat(ranked.averagePrecision()).isZero();
    assertThat(ranked.recall(100)).isZero();
  }

  private static org.assertj.core.data.Offset<Double> exactly() {
    return within(1e-12);
  }

  private static Map<String, List<String>> read(String text) {
    try (InputStream in = new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8))) {
      return TrecRun.read("mine.run", in);
    } catch (IOException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static Map<String, Map<String, Integer>> judgements() {
    Map<String, Map<String, Integer>> judgements = new HashMap<>();
    JUDGED
        .lines()
        .map(line -> line.split(" "))
        .forEach(cells ->
            judgements
                .computeIfAbsent(cells[0], topic -> new HashMap<>())
                .put(cells[2], Integer.parseInt(cells[3])));
    return judgements;
  }
}
