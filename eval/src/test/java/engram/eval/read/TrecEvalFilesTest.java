package engram.eval.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import engram.eval.metric.RankedGrades;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/// The files of trec_eval's own test (`usnistgov/trec_eval`, folder `test`: `qrels.test`,
/// `results.test`, `out.test.aq`), where they lie as `trec-eval` among the public data: reading,
/// order of ties and measures together give every figure that it prints.
class TrecEvalFilesTest {
  private static final Pattern CUT = Pattern.compile("(ndcg_cut|recall|P|success|map_cut)_(\\d+)");

  @Test
  void everyFigureOfEveryTopicIsTheSame() throws IOException {
    Path folder = folder();
    Map<String, Map<String, Integer>> judgements = new HashMap<>();
    for (String line : Files.readAllLines(folder.resolve("qrels.test"))) {
      String[] cells = line.split("\\s+");
      judgements
          .computeIfAbsent(cells[0], topic -> new HashMap<>())
          .put(cells[2], Integer.parseInt(cells[3]));
    }
    Map<String, List<String>> run;
    try (var in = Files.newInputStream(folder.resolve("results.test"))) {
      run = TrecRun.read("results.test", in);
    }
    int compared = 0;
    for (String line : Files.readAllLines(folder.resolve("out.test.aq"))) {
      String[] cells = line.strip().split("\\s+");
      if (cells.length == 3 && run.containsKey(cells[1])) {
        OptionalDouble ours =
            measure(cells[0], RankedGrades.of(run.get(cells[1]), judgements.get(cells[1])));
        if (ours.isPresent()) {
          assertThat(ours.getAsDouble())
              .as(line)
              .isCloseTo(Double.parseDouble(cells[2]), within(0.00005));
          compared++;
        }
      }
    }
    System.out.println("trec_eval: " + compared + " figures are the same");
    assertThat(compared).isGreaterThan(90);
  }

  private static OptionalDouble measure(String name, RankedGrades ranked) {
    Matcher cut = CUT.matcher(name);
    if (name.equals("map")) {
      return OptionalDouble.of(ranked.averagePrecision());
    }
    if (name.equals("recip_rank")) {
      return OptionalDouble.of(ranked.reciprocalRank(1000));
    }
    if (name.equals("ndcg")) {
      return OptionalDouble.of(ranked.ndcg(1000));
    }
    if (!cut.matches()) {
      return OptionalDouble.empty();
    }
    int k = Integer.parseInt(cut.group(2));
    return switch (cut.group(1)) {
      case "ndcg_cut" -> OptionalDouble.of(ranked.ndcg(k));
      case "recall" -> OptionalDouble.of(ranked.recall(k));
      case "P" -> OptionalDouble.of(ranked.precision(k));
      case "success" -> OptionalDouble.of(ranked.success(k));
      default -> OptionalDouble.empty();
    };
  }

  private static Path folder() {
    String data = System.getProperty("engram.data", System.getenv("ENGRAM_DATA"));
    Path folder = Path.of(data == null ? "shared/data" : data, "trec-eval");
    if (!Files.isDirectory(folder)) {
      String reason = "no trec-eval among the public data (set ENGRAM_DATA)";
      System.out.println("SKIPPED: " + reason);
      Assumptions.abort(reason);
    }
    return folder;
  }
}
