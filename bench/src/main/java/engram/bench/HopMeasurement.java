package engram.bench;

import engram.bench.JudgedCorpus.Query;
import engram.eval.metric.PairedStatistics;
import engram.eval.metric.RankedGrades;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/// Questions whose answer needs several passages: one search against searches that follow names.
final class HopMeasurement {
  private static final long SEED = 3;
  private static final Map<String, Object> TWO_HOPS = Map.of("hops", 2);

  private final Report report;
  private final List<List<String>> rows = new ArrayList<>();
  private double[] pooledAll = {};
  private double[] pooledRecall = {};

  HopMeasurement(Report report) {
    this.report = report;
    rows.add(
        List.of(
            "set",
            "questions",
            "measure",
            "bare BM25",
            "single",
            "2 hops",
            "gain (95 % interval)",
            "p"));
  }

  void measure(LoadedCorpus loaded, JudgedCorpus corpus) {
    List<Query> reported = corpus.reported();
    List<List<String>> single = loaded.rank(reported, Map.of());
    List<List<String>> hops = loaded.rank(reported, TWO_HOPS);
    double[] all = measure(corpus, "all_r5", "all@5", single, hops, ranked -> ranked.allFound(5));
    double[] recall = measure(corpus, "r5", "recall@5", single, hops, ranked -> ranked.recall(5));
    pooledAll = joined(pooledAll, all);
    pooledRecall = joined(pooledRecall, recall);
  }

  /// @return the gain of each question
  private double[] measure(
      JudgedCorpus corpus,
      String key,
      String name,
      List<List<String>> single,
      List<List<String>> hops,
      ToDoubleFunction<RankedGrades> measure) {
    List<Query> reported = corpus.reported();
    double bare = 0;
    for (BareRanking ranking : BareRanking.both(corpus)) {
      List<List<String>> ranked =
          reported.stream().map(query -> ranking.rank(query.text(), 10)).toList();
      bare = Math.max(bare, RelevanceMeasurement.mean(reported, ranked, measure));
    }
    double[] before = RelevanceMeasurement.values(reported, single, measure);
    double[] after = RelevanceMeasurement.values(reported, hops, measure);
    double[] gain = RelevanceMeasurement.minus(after, before);
    String prefix = corpus.name() + "_" + key;
    report.value(prefix + "_bare", bare);
    report.value(prefix + "_single", PairedStatistics.mean(before));
    report.value(prefix + "_second_hop", PairedStatistics.mean(after));
    rows.add(
        List.of(
            corpus.name(),
            Integer.toString(reported.size()),
            name,
            Report.number(bare),
            Report.number(PairedStatistics.mean(before)),
            Report.number(PairedStatistics.mean(after)),
            interval(prefix, gain),
            p(prefix, gain)));
    System.out.println(rows.getLast());
    return gain;
  }

  private String interval(String prefix, double[] gain) {
    var interval = PairedStatistics.bootstrap(gain, 0.95, SEED);
    report.value(prefix + "_gain_ci_low", interval.low());
    report.value(prefix + "_gain_ci_high", interval.high());
    return "%s (%s to %s)"
        .formatted(
            Report.number(PairedStatistics.mean(gain)),
            Report.number(interval.low()),
            Report.number(interval.high()));
  }

  private String p(String prefix, double[] gain) {
    double p = PairedStatistics.randomisationTest(gain, SEED);
    report.value(prefix + "_gain_p", p);
    return Report.number(p);
  }

  private static double[] joined(double[] some, double[] more) {
    return DoubleStream.concat(DoubleStream.of(some), DoubleStream.of(more)).toArray();
  }

  void report() {
    if (rows.size() == 1) {
      return;
    }
    pooled("all_r5", "all@5", pooledAll);
    pooled("r5", "recall@5", pooledRecall);
    report.section(
        "Questions that need several passages",
        Report.table(rows)
            + "\n`all@5`: all passages that the answer needs are among the first five; `recall@5`:"
            + " the share of them that is. p is that of the paired randomisation test. Every second"
            + " question is reported; constants were chosen on the others. There are 30 questions of"
            + " each set, so an interval is wide.");
  }

  private void pooled(String key, String name, double[] gain) {
    rows.add(
        List.of(
            "all sets",
            Integer.toString(gain.length),
            name,
            "",
            "",
            "",
            interval("multihop_" + key, gain),
            p("multihop_" + key, gain)));
  }
}
