package engram.bench;

import engram.bench.JudgedCorpus.Query;
import engram.eval.metric.PairedStatistics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// What each step of ranking by words gives: nDCG@10 with all of them less nDCG@10 with all but
/// one, on the half of the queries by which nothing was chosen.
final class Ablation {
  private static final String STEMS = "stemming and second forms";
  private static final String REPEATED = "a repeated word counts again";
  private static final Map<String, Map<String, Object>> CONSTANTS = new LinkedHashMap<>();

  static {
    CONSTANTS.put("function words count 0.3", Map.of("function_words", 1));
    CONSTANTS.put("titles and headings count 0.2 more", Map.of("titles", 0));
    CONSTANTS.put("calibrated k1 and b", Map.of("k1", 1.2, "b", 0.75));
    CONSTANTS.put("calibrated feedback", Map.of("feedback", 0));
  }

  private final List<String> sets = new ArrayList<>();
  private final Map<String, List<double[]>> gains = new LinkedHashMap<>();

  /// @param calibration with every step
  /// @param all what it reaches, by query
  void measure(
      LoadedCorpus loaded, JudgedCorpus corpus, Map<String, Object> calibration, double[] all) {
    List<Query> reported = corpus.reported();
    sets.add(corpus.name());
    CONSTANTS.forEach((step, off) -> {
      Map<String, Object> without = new HashMap<>(calibration);
      without.putAll(off);
      add(step, all, ndcg(loaded, reported, Map.of("calibration", without)));
    });
    List<Query> once =
        reported.stream().map(query -> new Query(once(query.text()), query.grades())).toList();
    add(REPEATED, all, ndcg(loaded, once, Map.of("calibration", calibration)));
    int unstemmed = loaded.build(Map.of("analysis", Map.of("language", "none")));
    add(STEMS, all, ndcg(loaded, reported, Map.of("calibration", calibration, "build", unstemmed)));
  }

  /// The query with each of its words where it first stands.
  private static String once(String query) {
    Set<String> seen = new LinkedHashSet<>();
    List<String> kept = new ArrayList<>();
    for (String word : query.split("\\s+")) {
      if (seen.add(word.toLowerCase(Locale.ROOT).replaceAll("\\W+", ""))) {
        kept.add(word);
      }
    }
    return String.join(" ", kept);
  }

  private static double[] ndcg(
      LoadedCorpus loaded, List<Query> queries, Map<String, Object> options) {
    return RelevanceMeasurement.values(
        queries, loaded.rank(queries, options), graded -> graded.ndcg(10));
  }

  private void add(String step, double[] all, double[] without) {
    double[] gain = RelevanceMeasurement.minus(all, without);
    gains.computeIfAbsent(step, _ -> new ArrayList<>()).add(gain);
    System.out.printf("  %s: %s%n", step, signed(PairedStatistics.mean(gain)));
  }

  private static String signed(double value) {
    return String.format(Locale.ROOT, "%+.4f", value);
  }

  void report(Report report) {
    if (sets.isEmpty()) {
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    List<String> heads = new ArrayList<>(List.of("step"));
    heads.addAll(sets);
    heads.add("mean (95 % interval)");
    rows.add(heads);
    Map<String, Object> values = new LinkedHashMap<>();
    gains.forEach((step, each) -> {
      double mean = RelevanceMeasurement.meanOfSets(each);
      PairedStatistics.Interval interval = RelevanceMeasurement.overSets(each);
      List<String> row = new ArrayList<>(List.of(step));
      Map<String, Object> found = new LinkedHashMap<>();
      for (int set = 0; set < sets.size(); set++) {
        double gain = PairedStatistics.mean(each.get(set));
        row.add(signed(gain));
        found.put(sets.get(set), RelevanceMeasurement.rounded(gain));
      }
      row.add(
          "%s (%s to %s)".formatted(signed(mean), signed(interval.low()), signed(interval.high())));
      rows.add(row);
      found.put("mean", RelevanceMeasurement.rounded(mean));
      found.put("ci_low", RelevanceMeasurement.rounded(interval.low()));
      found.put("ci_high", RelevanceMeasurement.rounded(interval.high()));
      values.put(step, found);
    });
    report.value("ablation", values);
    report.section(
        "Which step bought it",
        Report.table(rows)
            + "\nnDCG@10 of the calibrated ranking less that of the same with one step off. Constants"
            + " that no calibration changed give 0. A repeated word is left out of the query;"
            + " stemming is off in a build of its own (`analysis: none`), which has no second forms"
            + " of words in a language that is recognised either. Bare BM25 stems too, so that step is"
            + " no part of the gain over it.");
  }
}
