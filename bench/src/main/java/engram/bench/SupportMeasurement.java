package engram.bench;

import engram.retrieval.CitationQuality;
import engram.retrieval.CitationQuality.Statement;
import engram.retrieval.SupportChecker;
import engram.retrieval.config.RetrievalAutoConfiguration;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// How well the support checker tells sources that carry a claim from others, without a model: on
/// SciFact's claims and abstracts, and on SQuAD 2.0's questions with their answers. The threshold
/// that is best on one half of the claims is shown beside the one in use; all figures are those of
/// the other half.
final class SupportMeasurement {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final int HARD_RANKS = 10;

  private final SupportChecker checker = RetrievalAutoConfiguration.supportChecker();
  private final Path data;

  /// @param kind what the source is to the claim
  /// @param carried whether it should be found to carry it
  private record Pair(
      String kind, boolean fitting, boolean carried, double score, boolean judged) {}

  private SupportMeasurement(Path data) {
    this.data = data;
  }

  /// @param data the folder of the public data sets
  static Map<String, Object> of(Path data) {
    SupportMeasurement measurement = new SupportMeasurement(data);
    Map<String, Object> values = new LinkedHashMap<>();
    try {
      report("support_scifact", measurement.scifact(), values);
      report("support_squad", measurement.squad(), values);
      measurement.citations(values);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return values;
  }

  public static void main(String[] args) {
    Measured.print(of(Measured.data(args)));
  }

  private Pair pair(String kind, int group, boolean carried, String claim, String source) {
    List<String> sources = List.of(source);
    return new Pair(
        kind,
        group % 2 == 0,
        carried,
        checker.support(claim, sources),
        checker.carries(claim, sources));
  }

  /// Claims with abstracts that support them, contradict them, are cited by another claim, and are
  /// found by the claim's words but not cited for it.
  private List<Pair> scifact() throws IOException {
    Path folder = data.resolve("ir-scifact");
    Map<String, String> abstracts = abstracts(folder.resolve("corpus.jsonl.gz"));
    Map<String, String> claims = new LinkedHashMap<>();
    for (String line : Files.readAllLines(folder.resolve("queries.train.jsonl"))) {
      JsonNode claim = JSON.readTree(line);
      claims.put(claim.get("_id").asString(), claim.get("text").asString());
    }
    Map<String, Set<String>> cited = new HashMap<>();
    for (String[] row : rows(folder.resolve("qrels.train.tsv"))) {
      cited.computeIfAbsent(row[0], key -> new HashSet<>()).add(row[1]);
    }
    List<String> ids = List.copyOf(abstracts.keySet());
    BareSearch search = new BareSearch(ids.stream().map(id -> known(abstracts, id)).toList());
    List<String[]> labels = rows(folder.resolve("evidence-labels.train.tsv"));
    List<Pair> pairs = new ArrayList<>();
    for (int index = 0; index < labels.size(); index++) {
      String[] row = labels.get(index);
      String claim = known(claims, row[0]);
      int group = Integer.parseInt(row[0]);
      boolean supports = row[2].equals("SUPPORT");
      pairs.add(
          pair(
              supports ? "support" : "contradict",
              group,
              supports,
              claim,
              known(abstracts, row[1])));
      String foreign = labels.get((index + labels.size() / 2) % labels.size())[1];
      Set<String> own = cited.getOrDefault(row[0], Set.of());
      if (!own.contains(foreign)) {
        pairs.add(pair("unrelated", group, false, claim, known(abstracts, foreign)));
      }
      for (BareSearch.Found found : search.ranked(claim, HARD_RANKS)) {
        String id = ids.get(found.index());
        if (!own.contains(id)) {
          pairs.add(pair("similar", group, false, claim, known(abstracts, id)));
          break;
        }
      }
    }
    return pairs;
  }

  private static String known(Map<String, String> texts, String id) {
    return Objects.requireNonNull(texts.get(id), id);
  }

  private static List<String[]> rows(Path file) throws IOException {
    return Files.readAllLines(file).stream().skip(1).map(line -> line.split("\t")).toList();
  }

  private static Map<String, String> abstracts(Path file) throws IOException {
    Map<String, String> abstracts = new LinkedHashMap<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        JsonNode each = JSON.readTree(line);
        abstracts.put(
            each.get("_id").asString(),
            each.get("title").asString() + ". " + each.get("text").asString());
      }
    }
    return abstracts;
  }

  /// A question with its answer says what the sentence that holds the answer says. Against it: the
  /// other sentences of the paragraph, and the same sentence with the answer to another question.
  private List<Pair> squad() {
    List<Pair> pairs = new ArrayList<>();
    int group = 0;
    for (JsonNode article : articles()) {
      group++;
      for (JsonNode paragraph : article.get("paragraphs")) {
        String text = paragraph.get("context").asString();
        List<String> sentences = List.of(text.split("(?<=[.!?]) (?=\\p{Lu})"));
        String other = "";
        for (JsonNode question : paragraph.get("qas")) {
          String answer = question.path("answers").path(0).path("text").asString("");
          if (answer.isEmpty()) {
            continue;
          }
          String claim = question.get("question").asString() + " " + answer;
          String gold = sentence(sentences, answer);
          for (String each : sentences) {
            if (each.equals(gold)) {
              pairs.add(pair("answer sentence", group, true, claim, each));
            } else if (!each.contains(answer)) {
              pairs.add(pair("other sentence", group, false, claim, each));
            }
          }
          if (!other.isEmpty() && !gold.contains(other)) {
            String wrong = question.get("question").asString() + " " + other;
            pairs.add(pair("wrong answer", group, false, wrong, gold));
          }
          other = answer;
        }
      }
    }
    return pairs;
  }

  private JsonNode articles() {
    Path file = data.resolve("qa-squad2/dev-v2.0.half.shared.json");
    return JSON.readTree(file.toFile()).get("data");
  }

  private static String sentence(List<String> sentences, String answer) {
    return sentences.stream().filter(each -> each.contains(answer)).findFirst().orElse("");
  }

  /// Citations of whole paragraphs, one of them idle, as the checker judges them: what it must find
  /// is known.
  private void citations(Map<String, Object> values) {
    List<Statement> statements = new ArrayList<>();
    for (JsonNode article : articles()) {
      String before = "";
      for (JsonNode paragraph : article.get("paragraphs")) {
        String text = paragraph.get("context").asString();
        String said = text.split("(?<=[.!?]) (?=\\p{Lu})")[0];
        if (!before.isEmpty()) {
          statements.add(new Statement(said, List.of(text, before)));
        }
        before = text;
      }
    }
    CitationQuality quality = CitationQuality.of(statements, checker);
    values.put("citation_recall_of_carried_sentences", quality.recall());
    values.put("citation_precision_with_one_idle_of_two", quality.precision());
  }

  private static void report(String name, List<Pair> pairs, Map<String, Object> values) {
    List<Pair> fitting = pairs.stream().filter(Pair::fitting).toList();
    List<Pair> heldOut = pairs.stream().filter(pair -> !pair.fitting()).toList();
    double best = 0;
    double bestF1 = -1;
    for (int hundredth = 1; hundredth <= 100; hundredth++) {
      double threshold = hundredth / 100.0;
      double f1 = f1(fitting, pair -> pair.score() >= threshold);
      if (f1 > bestF1) {
        best = threshold;
        bestF1 = f1;
      }
    }
    double fitted = best;
    values.put(name + "_pairs", heldOut.size());
    values.put(name + "_precision", precision(heldOut, Pair::judged));
    values.put(name + "_recall", recall(heldOut, Pair::judged));
    values.put(name + "_best_threshold", fitted);
    values.put(name + "_best_precision", precision(heldOut, pair -> pair.score() >= fitted));
    values.put(name + "_best_recall", recall(heldOut, pair -> pair.score() >= fitted));
    Map<String, Object> kinds = new LinkedHashMap<>();
    for (String kind : heldOut.stream().map(Pair::kind).distinct().toList()) {
      List<Pair> own = heldOut.stream().filter(pair -> pair.kind().equals(kind)).toList();
      kinds.put(kind, (double) own.stream().filter(Pair::judged).count() / own.size());
    }
    values.put(name + "_taken_as_carried", kinds);
  }

  private interface Judge {
    boolean carries(Pair pair);
  }

  private static double precision(List<Pair> pairs, Judge judge) {
    long taken = pairs.stream().filter(judge::carries).count();
    long right = pairs.stream().filter(pair -> pair.carried() && judge.carries(pair)).count();
    return taken == 0 ? 0 : (double) right / taken;
  }

  private static double recall(List<Pair> pairs, Judge judge) {
    long all = pairs.stream().filter(Pair::carried).count();
    long right = pairs.stream().filter(pair -> pair.carried() && judge.carries(pair)).count();
    return (double) right / all;
  }

  private static double f1(List<Pair> pairs, Judge judge) {
    double precision = precision(pairs, judge);
    double recall = recall(pairs, judge);
    return precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
  }
}
