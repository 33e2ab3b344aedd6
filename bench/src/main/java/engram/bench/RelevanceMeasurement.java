package engram.bench;

import engram.bench.JudgedCorpus.Query;
import engram.eval.Choice;
import engram.eval.metric.PairedStatistics;
import engram.eval.metric.RankedGrades;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/// Words alone on the classic collections: the default ranking and the calibrated one against bare
/// BM25, on the half of the queries by which nothing was chosen.
final class RelevanceMeasurement {
  private static final List<Double> K1 = List.of(0.9, 1.2, 1.6);
  private static final List<Double> B = List.of(0.5, 0.75, 0.9);
  private static final List<Double> FEEDBACK = List.of(0.0, 0.3, 0.6, 0.8);

  private static final long SEED = 3;

  private final List<List<String>> rows = new ArrayList<>();
  private final List<double[]> gains = new ArrayList<>();
  private final List<double[]> gainsByDefault = new ArrayList<>();
  private final Ablation ablation = new Ablation();
  private final TitleWeights titles = new TitleWeights();

  RelevanceMeasurement() {
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

  private record Chosen(double k1, double b, double feedback) {
    static final Chosen DEFAULT = new Chosen(1.2, 0.75, 0);

    Map<String, Object> calibration() {
      return Map.of("k1", k1, "b", b, "feedback", feedback);
    }

    Map<String, Object> asOptions() {
      return Map.of("calibration", calibration());
    }
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
    Chosen chosen = fit(loaded, corpus.fitting());
    List<List<String>> ranked = loaded.rank(reported, chosen.asOptions());
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
    values.put("k1", chosen.k1());
    values.put("b", chosen.b());
    values.put("feedback", chosen.feedback());
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
            chosen.equals(Chosen.DEFAULT)
                ? "the defaults"
                : chosen.k1() + ", " + chosen.b() + ", " + chosen.feedback()));
    System.out.println(rows.getLast());
    ablation.measure(loaded, corpus, chosen.calibration(), calibrated);
    titles.measure(loaded, corpus);
  }

  /// The best of all, kept only if leave-one-out cross-validation predicts a gain; see [Choice].
  private static Chosen fit(LoadedCorpus loaded, List<Query> fitting) {
    List<Chosen> candidates = new ArrayList<>(List.of(Chosen.DEFAULT));
    for (double k1 : K1) {
      for (double b : B) {
        for (double feedback : FEEDBACK) {
          Chosen candidate = new Chosen(k1, b, feedback);
          if (!candidate.equals(Chosen.DEFAULT)) {
            candidates.add(candidate);
          }
        }
      }
    }
    Choice choice =
        Choice.of(
            candidates.stream()
                .map(candidate -> tried(loaded, fitting, candidate))
                .toArray(double[][]::new));
    System.out.printf("  %s: %s%n", candidates.get(choice.best()), choice);
    return choice.isBetter() ? candidates.get(choice.best()) : Chosen.DEFAULT;
  }

  private static double[] tried(LoadedCorpus loaded, List<Query> queries, Chosen chosen) {
    return values(queries, loaded.rank(queries, chosen.asOptions()), graded -> graded.ndcg(10));
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
            + "Every second query is reported; a calibration is chosen by the others, and kept only "
            + "if leave-one-out cross-validation among them predicts a gain. Bare BM25 is Lucene's "
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
