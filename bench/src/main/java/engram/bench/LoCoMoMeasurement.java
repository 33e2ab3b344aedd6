package engram.bench;

import engram.bench.LoCoMoQuestions.Asked;
import engram.bench.LoCoMoQuestions.Got;
import engram.system.Api;
import engram.system.PublicData;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/// How much of the evidence of LoCoMo's questions is recalled, over HTTP. Its licence (CC BY-NC
/// 4.0) lets it be evaluated with; nothing of it is kept.
///
/// What the parts of a score weigh is chosen for each conversation on the others, among [#GRID], by
/// the mean of recall@10 and of the share of multi-hop questions with all their evidence in ten; so
/// no reported question had a say in the weights that answered it.
final class LoCoMoMeasurement {
  private static final int BUDGET = 2_048;
  private static final int BOOTSTRAPS = 2_000;
  private static final long SEED = 20_260_801L;

  private static final List<Map<String, Object>> GRID = grid();

  private final Api api;
  private final Report report;

  LoCoMoMeasurement(Api api, Report report) {
    this.api = api;
    this.report = report;
  }

  private static List<Map<String, Object>> grid() {
    List<Map<String, Object>> grid = new ArrayList<>();
    for (double speaker : new double[] {0.3, 0.45}) {
      for (double hop : new double[] {0.1, 0.2}) {
        for (double spread : new double[] {0, 0.1, 0.15}) {
          grid.add(Map.of("speaker", speaker, "hop", hop, "spread", spread));
        }
      }
    }
    return grid;
  }

  void run() {
    Optional<Path> folder = PublicData.find("mem-locomo");
    if (folder.isEmpty()) {
      report.value("locomo_r10", "data absent");
      report.section("LoCoMo", "Data absent: the public set `mem-locomo` (ENGRAM_DATA).");
      return;
    }
    Map<String, List<Asked>> samples = LoCoMoQuestions.load(api, folder.get());
    Map<String, Map<Integer, List<Got>>> tried = new LinkedHashMap<>();
    samples.forEach((name, asked) -> {
      Map<Integer, List<Got>> byWeights = new LinkedHashMap<>();
      for (int at = 0; at < GRID.size(); at++) {
        byWeights.put(
            at, LoCoMoQuestions.ask(api, asked, Map.of("items", 10, "weights", GRID.get(at))));
      }
      tried.put(name, byWeights);
    });
    List<Got> ten = new ArrayList<>();
    List<Got> budget = new ArrayList<>();
    List<String> chosen = new ArrayList<>();
    for (String held : samples.keySet()) {
      int best = bestOnOthers(tried, held);
      chosen.add(held + ": " + GRID.get(best));
      ten.addAll(at(at(tried, held), best));
      budget.addAll(
          LoCoMoQuestions.ask(
              api,
              at(samples, held),
              Map.of("items", 500, "budget_tokens", BUDGET, "weights", GRID.get(best))));
    }
    List<Asked> all = samples.values().stream().flatMap(List::stream).toList();
    List<Got> words =
        LoCoMoQuestions.ask(
            api,
            all,
            Map.of(
                "items",
                10,
                "weights",
                Map.of(
                    "near", 0, "far", 0, "session", 0, "speaker", 0, "time", 0, "hop", 0, "spread",
                    0)));
    report(samples, ten, budget, words, chosen);
  }

  private static int bestOnOthers(Map<String, Map<Integer, List<Got>>> tried, String held) {
    int best = 0;
    double most = -1;
    for (int at = 0; at < GRID.size(); at++) {
      List<Got> others = new ArrayList<>();
      int index = at;
      tried.forEach((name, byWeights) -> {
        if (!name.equals(held)) {
          others.addAll(at(byWeights, index));
        }
      });
      double quality =
          (mean(answerable(others), Got::share) + mean(multiHop(others), LoCoMoMeasurement::whole))
              / 2;
      if (quality > most) {
        most = quality;
        best = at;
      }
    }
    return best;
  }

  private static <K, V> V at(Map<K, V> map, K key) {
    return Objects.requireNonNull(map.get(key));
  }

  private static List<Got> answerable(List<Got> got) {
    return got.stream().filter(one -> one.asked().category() <= 4).toList();
  }

  private static List<Got> multiHop(List<Got> got) {
    return got.stream().filter(one -> one.asked().category() == 1).toList();
  }

  private static double whole(Got got) {
    return got.share() == 1 ? 1 : 0;
  }

  private static double mean(List<Got> got, ToDoubleFunction<Got> what) {
    return got.stream().mapToDouble(what).average().orElse(Double.NaN);
  }

  private void report(
      Map<String, List<Asked>> samples,
      List<Got> ten,
      List<Got> budget,
      List<Got> words,
      List<String> chosen) {
    List<Got> counted = answerable(ten);
    List<Got> multiHop = multiHop(ten);
    report.value("locomo_conversations", samples.size());
    report.value("locomo_questions", counted.size());
    report.value("locomo_r10", mean(counted, Got::share));
    report.value("locomo_r10_interval", interval(counted));
    report.value("locomo_r2048_tokens", mean(answerable(budget), Got::share));
    report.value("locomo_r2048_tokens_interval", interval(answerable(budget)));
    report.value("locomo_multihop_all_r10", mean(multiHop, LoCoMoMeasurement::whole));
    report.value("locomo_words_r10", mean(answerable(words), Got::share));
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of("questions", "count", "recall@10", "all@10", "at 2,048 tokens", "words alone @10"));
    String[] names = {"", "multi-hop", "temporal", "open domain", "single hop", "adversarial"};
    for (int category = 1; category <= 5; category++) {
      int wanted = category;
      rows.add(
          row(
              names[category],
              ten.stream().filter(one -> one.asked().category() == wanted).toList(),
              budget.stream().filter(one -> one.asked().category() == wanted).toList(),
              words.stream().filter(one -> one.asked().category() == wanted).toList()));
    }
    rows.add(row("categories 1 to 4", counted, answerable(budget), answerable(words)));
    report.section(
        "LoCoMo: evidence recalled",
        Report.table(rows)
            + """

            %d conversations; a question counts where its evidence turns exist. Weights chosen on the other \
            conversations, among %d settings, by the mean of recall@10 and multi-hop all@10: %s. 95 %% intervals by bootstrap over \
            conversations: recall@10 %s, at 2,048 tokens %s. Zero model calls.\
            """
                .formatted(
                    samples.size(),
                    GRID.size(),
                    String.join("; ", chosen),
                    interval(counted),
                    interval(answerable(budget))));
  }

  private static List<String> row(String name, List<Got> ten, List<Got> budget, List<Got> words) {
    return List.of(
        name,
        Integer.toString(ten.size()),
        Report.number(mean(ten, Got::share)),
        Report.number(mean(ten, one -> one.share() == 1 ? 1 : 0)),
        Report.number(mean(budget, Got::share)),
        Report.number(mean(words, Got::share)));
  }

  private static List<Double> interval(List<Got> got) {
    Map<String, List<Got>> byUser = new LinkedHashMap<>();
    got.forEach(
        one -> byUser.computeIfAbsent(one.asked().user(), user -> new ArrayList<>()).add(one));
    List<String> users = List.copyOf(byUser.keySet());
    Random random = new Random(SEED);
    List<Double> means = new ArrayList<>();
    for (int draw = 0; draw < BOOTSTRAPS; draw++) {
      List<Got> sample = new ArrayList<>();
      for (int pick = 0; pick < users.size(); pick++) {
        sample.addAll(at(byUser, users.get(random.nextInt(users.size()))));
      }
      means.add(mean(sample, Got::share));
    }
    return List.of(
        Math.round(Stats.quantile(means, 0.025) * 1e4) / 1e4,
        Math.round(Stats.quantile(means, 0.975) * 1e4) / 1e4);
  }
}
