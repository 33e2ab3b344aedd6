package engram.bench;

import engram.bench.JudgedCorpus.Query;
import engram.eval.metric.PairedStatistics;
import engram.eval.metric.RankedGrades;
import engram.system.RunningServer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/// Words alone on the classic collections: the default ranking and the calibrated one against bare
/// BM25, on the half of the queries by which nothing was chosen.
final class RelevanceMeasurement {
  private static final long SEED = 3;

  private final List<List<String>> rows = new ArrayList<>();
  private final List<double[]> gains = new ArrayList<>();
  private final List<double[]> gainsByDefault = new ArrayList<>();
  private final Ablation ablation = new Ablation();
  private final TitleWeights titles = new TitleWeights();
  private final RunningServer server;

  RelevanceMeasurement(RunningServer server) {
    this.server = server;
    rows.add(
        List.of(
            "set",
            "queries",
            "bare BM25",
            "default",
            "calibrated",
            "gain (95 % interval)",
            "recall@100",
            "bare recall@100",
            "k1, b, feedback"));
  }

  void measure(Report report, LoadedCorpus loaded, JudgedCorpus corpus) {
    List<Query> reported = corpus.reported();
    double[] floor = new double[reported.size()];
    double floorRecall = 0;
    for (BareRanking bare : BareRanking.both(corpus)) {
      List<List<String>> ranked =
          reported.stream().map(query -> bare.rank(query.text(), 200)).toList();
      double[] values = values(reported, ranked, graded -> graded.ndcg(10));
      if (PairedStatistics.mean(values) > PairedStatistics.mean(floor)) {
        floor = values;
        floorRecall = mean(reported, ranked, graded -> graded.recall(100));
      }
    }
    List<List<String>> plain = loaded.rank(reported, Map.of());
    double[] byDefault = values(reported, plain, graded -> graded.ndcg(10));
    LoadedCorpus.Calibrated chosen = loaded.calibrate(server, corpus.fitting());
    List<List<String>> ranked = loaded.rank(reported, chosen.options());
    double[] calibrated = values(reported, ranked, graded -> graded.ndcg(10));
    double recall = mean(reported, ranked, graded -> graded.recall(100));
    double[] gain = minus(calibrated, floor);
    gains.add(gain);
    gainsByDefault.add(minus(byDefault, floor));
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("queries", reported.size());
    values.put("ndcg10", rounded(PairedStatistics.mean(calibrated)));
    values.put("recall100", rounded(recall));
    values.put("floor_ndcg10", rounded(PairedStatistics.mean(floor)));
    values.put("floor_recall100", rounded(floorRecall));
    values.put("ndcg10_by_default", rounded(PairedStatistics.mean(byDefault)));
    for (String constant : List.of("k1", "b", "feedback")) {
      values.put(constant, chosen.values().get(constant));
    }
    report.value(corpus.name(), values);
    var interval = PairedStatistics.bootstrap(gain, 0.95, SEED);
    rows.add(
        List.of(
            corpus.name(),
            Integer.toString(reported.size()),
            Report.number(PairedStatistics.mean(floor)),
            Report.number(PairedStatistics.mean(byDefault)),
            Report.number(PairedStatistics.mean(calibrated)),
            "%s (%s to %s)"
                .formatted(
                    Report.number(PairedStatistics.mean(gain)),
                    Report.number(interval.low()),
                    Report.number(interval.high())),
            Report.number(recall),
            Report.number(floorRecall),
            chosen.kept()
                ? values.get("k1") + ", " + values.get("b") + ", " + values.get("feedback")
                : "the defaults"));
    System.out.println(rows.getLast());
    ablation.measure(loaded, corpus, chosen.values(), calibrated);
    titles.measure(loaded, corpus);
  }

  void report(Report report) {
    if (gains.isEmpty()) {
      return;
    }
    var calibrated = overSets(gains);
    var byDefault = overSets(gainsByDefault);
    double mean = meanOfSets(gains);
    double meanByDefault = meanOfSets(gainsByDefault);
    report.value("mean_gain", mean);
    report.value("mean_gain_ci_low", calibrated.low());
    report.value("mean_gain_ci_high", calibrated.high());
    report.value("mean_gain_by_default", meanByDefault);
    report.value("mean_gain_by_default_ci_low", byDefault.low());
    report.section(
        "Words alone, nDCG@10",
        Report.table(rows)
            + "\nMean gain over the sets: calibrated "
            + gain(mean, calibrated)
            + ", by default "
            + gain(meanByDefault, byDefault)
            + ". The interval is a bootstrap over the queries of each set.\n\n"
            + "Every second query is reported; `./engram eval --calibrate` chose by the others. Bare BM25 is Lucene's "
            + "StandardAnalyzer or EnglishAnalyzer, whichever is better on the reported half. All "
            + "of Engram's rankings came over HTTP from chunks in one collection.");
    ablation.report(report);
    titles.report(report);
  }

  static String gain(double mean, PairedStatistics.Interval interval) {
    return "%s (95 %% interval %s to %s)"
        .formatted(
            Report.number(mean), Report.number(interval.low()), Report.number(interval.high()));
  }

  static double meanOfSets(List<double[]> sets) {
    return sets.stream().mapToDouble(PairedStatistics::mean).average().orElse(0);
  }

  /// Of the mean over sets: the queries of each are drawn anew, the sets are not.
  static PairedStatistics.Interval overSets(List<double[]> sets) {
    SplittableRandom random = new SplittableRandom(SEED);
    double[] means = new double[PairedStatistics.ROUNDS];
    for (int round = 0; round < means.length; round++) {
      double sum = 0;
      for (double[] set : sets) {
        double drawn = 0;
        for (int draw = 0; draw < set.length; draw++) {
          drawn += set[random.nextInt(set.length)];
        }
        sum += drawn / set.length;
      }
      means[round] = sum / sets.size();
    }
    java.util.Arrays.sort(means);
    return new PairedStatistics.Interval(
        means[(int) (0.025 * means.length)], means[(int) (0.975 * means.length) - 1]);
  }

  static double[] values(
      List<Query> queries, List<List<String>> ranked, ToDoubleFunction<RankedGrades> measure) {
    double[] values = new double[queries.size()];
    for (int index = 0; index < values.length; index++) {
      values[index] =
          measure.applyAsDouble(RankedGrades.of(ranked.get(index), queries.get(index).grades()));
    }
    return values;
  }

  static double mean(
      List<Query> queries, List<List<String>> ranked, ToDoubleFunction<RankedGrades> measure) {
    return PairedStatistics.mean(values(queries, ranked, measure));
  }

  static double[] minus(double[] these, double[] those) {
    double[] differences = new double[these.length];
    for (int index = 0; index < differences.length; index++) {
      differences[index] = these[index] - those[index];
    }
    return differences;
  }

  static double rounded(double value) {
    return Math.round(value * 10_000) / 10_000.0;
  }
}
