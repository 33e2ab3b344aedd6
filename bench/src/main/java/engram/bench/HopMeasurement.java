package engram.bench;

import engram.bench.JudgedCorpus.Query;
import engram.eval.metric.PairedStatistics;
import java.util.List;
import java.util.Map;

/// Questions whose answer needs several passages: one search against searches that follow names.
final class HopMeasurement {
  private static final long SEED = 3;

  private HopMeasurement() {}

  /// @return a row: set, questions, bare, single, second hop, gain with interval
  static List<String> measure(Report report, LoadedCorpus loaded, JudgedCorpus corpus) {
    List<Query> reported = corpus.reported();
    double bare = 0;
    for (BareRanking ranking : BareRanking.both(corpus)) {
      List<List<String>> ranked =
          reported.stream().map(query -> ranking.rank(query.text(), 10)).toList();
      bare = Math.max(bare, RelevanceMeasurement.mean(reported, ranked, g -> g.allFound(5)));
    }
    List<List<String>> single = loaded.rank(reported, Map.of());
    List<List<String>> hops = loaded.rank(reported, Map.of("hops", 2));
    double[] before = RelevanceMeasurement.values(reported, single, g -> g.allFound(5));
    double[] after = RelevanceMeasurement.values(reported, hops, g -> g.allFound(5));
    double[] gain = RelevanceMeasurement.minus(after, before);
    var interval = PairedStatistics.bootstrap(gain, 0.95, SEED);
    double recallBefore = RelevanceMeasurement.mean(reported, single, g -> g.recall(5));
    double recallAfter = RelevanceMeasurement.mean(reported, hops, g -> g.recall(5));
    report.value(corpus.name() + "_all_r5_bare", bare);
    report.value(corpus.name() + "_all_r5_single", PairedStatistics.mean(before));
    report.value(corpus.name() + "_all_r5_second_hop", PairedStatistics.mean(after));
    report.value(corpus.name() + "_all_r5_gain_ci_low", interval.low());
    report.value(corpus.name() + "_all_r5_gain_ci_high", interval.high());
    report.value(corpus.name() + "_r5_single", recallBefore);
    report.value(corpus.name() + "_r5_second_hop", recallAfter);
    return List.of(
        corpus.name(),
        Integer.toString(reported.size()),
        Report.number(bare),
        Report.number(PairedStatistics.mean(before)),
        Report.number(PairedStatistics.mean(after)),
        "%s to %s".formatted(Report.number(interval.low()), Report.number(interval.high())),
        Report.number(recallBefore),
        Report.number(recallAfter));
  }
}
