package engram.eval.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The figures that NIST publishes for the run and the judgements of its own quick test
/// (`usnistgov/trec_eval`, `test/out.test.aq`): the ranks of the relevant documents of each topic,
/// of 500 retrieved ones, and what trec_eval prints of them to four digits.
class TrecEvalFiguresTest {
  private static final String TOPIC_301 =
      "6 7 16 18 20 26 30 32 37 39 43 49 54 56 57 59 63 67 70 83 92 96 100 103 112 115 116 122 125"
          + " 130 131 133 143 144 145 158 172 178 184 197 199 200 207 210 212 219 224 229 240 249"
          + " 253 263 267 274 280 290 307 309 315 317 318 320 327 342 348 384 394 419 435 491 495";
  private static final String TOPIC_302 =
      "1 2 4 5 6 8 9 11 12 13 14 15 16 17 18 19 21 22 24 27 28 30 31 34 36 37 39 42 43 44 47 48 49"
          + " 50 51 53 56 58 72 79 82 84 116 154 289 301 331 353 394 458";
  private static final String TOPIC_303 = "19 37 41 43 44 65 67 89 99 107";
  private static final Map<String, String> RANKS =
      Map.of("301", TOPIC_301, "302", TOPIC_302, "303", TOPIC_303);

  @ParameterizedTest
  @CsvSource({
    "301, 474, 0.0324, 0.1667, 0.2000, 0.2300, 0.0042, 0.0485, 0.0000, 0.1518, 0.2166, 0",
    "302, 77, 0.4175, 1.0000, 0.7000, 0.4200, 0.0909, 0.5455, 0.8304, 0.7530, 0.6046, 1",
    "303, 10, 0.0858, 0.0526, 0.0000, 0.0900, 0.0000, 0.9000, 0.0000, 0.0000, 0.3537, 0"
  })
  void everyMeasureIsWhatTrecEvalPrints(
      String topic,
      int relevant,
      double map,
      double recipRank,
      double p10,
      double p100,
      double recall10,
      double recall100,
      double ndcg5,
      double ndcg10,
      double ndcg100,
      double success1) {
    RankedGrades ranked = topic(RANKS.get(topic), relevant);
    assertThat(ranked.relevantCount()).isEqualTo(relevant);
    assertThat(ranked.averagePrecision()).isCloseTo(map, within(0.00005));
    assertThat(ranked.reciprocalRank(500)).isCloseTo(recipRank, within(0.00005));
    assertThat(ranked.precision(10)).isCloseTo(p10, within(0.00005));
    assertThat(ranked.precision(100)).isCloseTo(p100, within(0.00005));
    assertThat(ranked.recall(10)).isCloseTo(recall10, within(0.00005));
    assertThat(ranked.recall(100)).isCloseTo(recall100, within(0.00005));
    assertThat(ranked.ndcg(5)).isCloseTo(ndcg5, within(0.00005));
    assertThat(ranked.ndcg(10)).isCloseTo(ndcg10, within(0.00005));
    assertThat(ranked.ndcg(100)).isCloseTo(ndcg100, within(0.00005));
    assertThat(ranked.success(1)).isEqualTo(success1);
  }

  private static RankedGrades topic(String ranks, int relevant) {
    List<Integer> at = Arrays.stream(ranks.split(" ")).map(Integer::valueOf).toList();
    List<String> ranking = new ArrayList<>();
    Map<String, Integer> judgements = new HashMap<>();
    for (int rank = 1; rank <= 500; rank++) {
      ranking.add("d" + rank);
      judgements.put("d" + rank, at.contains(rank) ? 1 : 0);
    }
    for (int missed = at.size(); missed < relevant; missed++) {
      judgements.put("missed" + missed, 1);
    }
    return RankedGrades.of(ranking, judgements);
  }
}
