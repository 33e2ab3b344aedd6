package engram.bench;

import engram.bench.JudgedCorpus.Query;
import engram.eval.metric.PairedStatistics;
import engram.system.RunningServer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Words and vectors on the classic collections: each alone, joined by reciprocal ranks as without
/// a calibration, and as the product's own calibration by the other half of the queries has them.
final class HybridMeasurement {
  private static final Map<String, Object> WORDS = Map.of("embedding_weight", 0);
  private static final Map<String, Object> VECTORS = Map.of("text_weight", 0);
  private static final Map<String, Object> RANKS = Map.of("fusion", "rrf");
  private static final long SEED = 4;

  private final List<List<String>> rows = new ArrayList<>();
  private final List<double[]> overWords = new ArrayList<>();
  private final List<double[]> overRanks = new ArrayList<>();
  private final List<double[]> overBest = new ArrayList<>();
  private final Map<String, Object> values = new LinkedHashMap<>();

  private final RunningServer server;

  HybridMeasurement(RunningServer server) {
    this.server = server;
    rows.add(
        List.of(
            "set",
            "queries",
            "words",
            "vectors",
            "reciprocal ranks",
            "calibrated",
            "weight of words",
            "calibrated less the better list alone"));
  }

  void measure(LoadedCorpus loaded, JudgedCorpus corpus) {
    List<Query> reported = corpus.reported();
    double[] words = ndcg(loaded, reported, WORDS);
    double[] vectors = ndcg(loaded, reported, VECTORS);
    double[] ranks = ndcg(loaded, reported, RANKS);
    LoadedCorpus.Calibrated chosen = loaded.calibrate(server, corpus.fitting());
    double[] calibrated = ndcg(loaded, reported, chosen.options());
    double[] better =
        PairedStatistics.mean(words) > PairedStatistics.mean(vectors) ? words : vectors;
    double[] gain = RelevanceMeasurement.minus(calibrated, better);
    overWords.add(RelevanceMeasurement.minus(calibrated, words));
    overRanks.add(RelevanceMeasurement.minus(calibrated, ranks));
    overBest.add(gain);
    String weight =
        chosen.kept()
            ? String.valueOf(chosen.values().get("text_weight"))
            : "reciprocal ranks kept";
    Map<String, Object> found = new LinkedHashMap<>();
    found.put("words_ndcg10", RelevanceMeasurement.rounded(PairedStatistics.mean(words)));
    found.put("vectors_ndcg10", RelevanceMeasurement.rounded(PairedStatistics.mean(vectors)));
    found.put("rrf_ndcg10", RelevanceMeasurement.rounded(PairedStatistics.mean(ranks)));
    found.put("calibrated_ndcg10", RelevanceMeasurement.rounded(PairedStatistics.mean(calibrated)));
    found.put("text_weight", weight);
    found.put("calibration", chosen.options());
    values.put(corpus.name(), found);
    rows.add(
        List.of(
            corpus.name(),
            Integer.toString(reported.size()),
            Report.number(PairedStatistics.mean(words)),
            Report.number(PairedStatistics.mean(vectors)),
            Report.number(PairedStatistics.mean(ranks)),
            Report.number(PairedStatistics.mean(calibrated)),
            weight,
            RelevanceMeasurement.gain(
                PairedStatistics.mean(gain), PairedStatistics.bootstrap(gain, 0.95, SEED))));
    System.out.println(rows.getLast());
  }

  private static double[] ndcg(
      LoadedCorpus loaded, List<Query> queries, Map<String, Object> options) {
    return RelevanceMeasurement.values(
        queries, loaded.rank(queries, options), graded -> graded.ndcg(10));
  }

  void report(Report report) {
    if (overWords.isEmpty()) {
      return;
    }
    report.value("hybrid", values);
    List<List<String>> means = new ArrayList<>();
    means.add(List.of("calibrated less", "mean over the sets"));
    mean(report, "words", "hybrid_gain_over_words", overWords, means);
    mean(report, "reciprocal ranks", "hybrid_gain_over_rrf", overRanks, means);
    mean(report, "the better list alone", "hybrid_gain_over_best_list", overBest, means);
    report.section(
        "Words and vectors, nDCG@10",
        Report.table(rows)
            + "\n"
            + Report.table(means)
            + "\nVectors by all-MiniLM-L6-v2, quantised to eight bits, from a model server beside"
            + " Engram. Every second query is reported; `./engram eval --calibrate` chose by the"
            + " others: BM25's constants and feedback, and the weight of a convex combination of"
            + " min-max scores, kept against reciprocal ranks only if leave-one-out"
            + " cross-validation predicts a gain. The lists alone and reciprocal ranks have the"
            + " default constants. Intervals are bootstraps over the queries.");
  }

  private static void mean(
      Report report, String what, String key, List<double[]> gains, List<List<String>> rows) {
    double mean = RelevanceMeasurement.meanOfSets(gains);
    PairedStatistics.Interval interval = RelevanceMeasurement.overSets(gains);
    report.value(key, mean);
    report.value(key + "_ci_low", interval.low());
    rows.add(List.of(what, RelevanceMeasurement.gain(mean, interval)));
  }
}
