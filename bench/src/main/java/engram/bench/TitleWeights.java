package engram.bench;

import engram.eval.metric.PairedStatistics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a word counts once more for standing in a title, by nDCG@10 on the fitting halves: the
/// default is chosen by this table, and nothing that is reported was looked at for it.
final class TitleWeights {
  private static final List<Double> WEIGHTS = List.of(0.0, 0.1, 0.2, 0.3, 0.5);

  private final List<String> sets = new ArrayList<>();
  private final Map<Double, List<Double>> found = new LinkedHashMap<>();

  void measure(LoadedCorpus loaded, JudgedCorpus corpus) {
    sets.add(corpus.name());
    for (double weight : WEIGHTS) {
      Map<String, Object> calibration =
          Map.of("k1", 1.2, "b", 0.75, "feedback", 0, "titles", weight);
      double[] ndcg =
          RelevanceMeasurement.values(
              corpus.fitting(),
              loaded.rank(corpus.fitting(), Map.of("calibration", calibration)),
              graded -> graded.ndcg(10));
      found.computeIfAbsent(weight, _ -> new ArrayList<>()).add(PairedStatistics.mean(ndcg));
    }
  }

  void report(Report report) {
    List<List<String>> rows = new ArrayList<>();
    List<String> heads = new ArrayList<>(List.of("titles"));
    heads.addAll(sets);
    heads.add("mean");
    rows.add(heads);
    Map<String, Object> means = new LinkedHashMap<>();
    found.forEach((weight, ndcg) -> {
      double mean = ndcg.stream().mapToDouble(Double::doubleValue).average().orElse(0);
      List<String> row = new ArrayList<>(List.of(weight.toString()));
      ndcg.forEach(value -> row.add(Report.number(value)));
      row.add(Report.number(mean));
      rows.add(row);
      means.put(weight.toString(), RelevanceMeasurement.rounded(mean));
    });
    report.value("titles_fitting_ndcg10", means);
    report.section(
        "The weight of titles, on the fitting halves",
        Report.table(rows) + "\nnDCG@10 with the default constants, by the other half's queries.");
  }
}
