package engram.bench;

import engram.bench.QuestionSet.Asked;
import engram.system.Api;
import engram.system.PublicData;
import engram.system.RunningServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import tools.jackson.databind.JsonNode;

/// Extractive answers through the server, on the half of the articles that no weight was fitted on.
final class AnswerMeasurement {
  private static final List<String> LANGUAGES =
      List.of("en", "es", "de", "el", "ru", "tr", "ar", "vi", "zh");
  private static final int CLIENTS = 4;

  private AnswerMeasurement() {}

  /// @param hit the question's paragraph was the first search hit
  /// @param sentence a cited sentence holds a gold answer
  private record Outcome(
      Asked asked, boolean answered, boolean sentence, boolean hit, boolean bareHit) {}

  static void run(Report report) {
    Optional<Path> squad = PublicData.find("qa-squad2");
    Optional<Path> xquad = PublicData.find("qa-xquad");
    if (squad.isEmpty() || xquad.isEmpty()) {
      for (String key :
          List.of("squad_sentence_hit", "unsupported_precision", "unsupported_recall")) {
        report.value(key, "data absent");
      }
      report.section("Extractive answers", "The public question sets are absent: not measured.");
      return;
    }
    try (RunningServer server = RunningServer.start()) {
      squad(
          report,
          server,
          QuestionSet.read("squad2", squad.get().resolve("dev-v2.0.half.shared.json")));
      xquad(report, server, xquad.get());
    }
  }

  private static void squad(Report report, RunningServer server, QuestionSet set) {
    List<Outcome> outcomes = ask(server, set);
    List<Outcome> answerable =
        outcomes.stream().filter(outcome -> outcome.asked().answerable()).toList();
    List<Outcome> unanswerable =
        outcomes.stream().filter(outcome -> !outcome.asked().answerable()).toList();
    long refused = outcomes.stream().filter(outcome -> !outcome.answered()).count();
    long refusedRightly = unanswerable.stream().filter(outcome -> !outcome.answered()).count();
    double precision = refused == 0 ? 0 : (double) refusedRightly / refused;
    double recall = (double) refusedRightly / unanswerable.size();
    report.value("squad_questions", outcomes.size());
    report.value("squad_sentence_hit", share(answerable, Outcome::sentence));
    report.value("squad_paragraph_hit1", share(answerable, Outcome::hit));
    report.value("squad_paragraph_hit1_bare_bm25", share(answerable, Outcome::bareHit));
    report.value("unsupported_precision", precision);
    report.value("unsupported_recall", recall);
    report.value(
        "unsupported_precision_floor_never_answering",
        (double) unanswerable.size() / outcomes.size());
    report.section(
        "Extractive answers, SQuAD 2.0",
        Report.table(
                List.of(
                    List.of("what", "value"),
                    List.of(
                        "questions of the held-out articles",
                        outcomes.size() + ", " + answerable.size() + " of them answerable"),
                    List.of(
                        "a cited sentence holds a gold answer (answerable)",
                        Report.number(share(answerable, Outcome::sentence))),
                    List.of(
                        "the paragraph is the first search hit (answerable)",
                        Report.number(share(answerable, Outcome::hit))),
                    List.of(
                        "the same by bare Lucene BM25, StandardAnalyzer",
                        Report.number(share(answerable, Outcome::bareHit))),
                    List.of("`Unsupported`: precision", Report.number(precision)),
                    List.of("`Unsupported`: recall", Report.number(recall)),
                    List.of(
                        "precision of refusing everything",
                        Report.number((double) unanswerable.size() / outcomes.size()))))
            + "\nThe unanswerable questions of SQuAD 2.0 were written against their paragraph so that it looks as if "
            + "it answered them; telling them apart takes reading, which no method without a model does well.");
  }

  private static void xquad(Report report, RunningServer server, Path folder) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "language",
            "questions",
            "cited sentence holds the answer",
            "answered",
            "paragraph hit@1",
            "bare BM25 hit@1"));
    Map<String, Object> byLanguage = new HashMap<>();
    for (String language : LANGUAGES) {
      List<Outcome> outcomes =
          ask(
              server,
              QuestionSet.read(language, folder.resolve("xquad." + language + ".shared.json")));
      byLanguage.put(language, Math.round(share(outcomes, Outcome::sentence) * 10_000) / 10_000.0);
      rows.add(
          List.of(
              language,
              Integer.toString(outcomes.size()),
              Report.number(share(outcomes, Outcome::sentence)),
              Report.number(share(outcomes, Outcome::answered)),
              Report.number(share(outcomes, Outcome::hit)),
              Report.number(share(outcomes, Outcome::bareHit))));
    }
    report.value("xquad_sentence_hit", byLanguage);
    report.section("Extractive answers, XQuAD in nine languages", Report.table(rows));
  }

  private static List<Outcome> ask(RunningServer server, QuestionSet set) {
    Api api = server.admin();
    String collection = api.createCollection(set.name());
    try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
      List<Future<JsonNode>> puts = new ArrayList<>();
      for (int index = 0; index < set.paragraphs().size(); index++) {
        String path = "/api/collections/" + collection + "/documents/p" + index + ".txt";
        byte[] text = set.paragraphs().get(index).getBytes(StandardCharsets.UTF_8);
        puts.add(clients.submit(() -> api.put(path, "text/plain; charset=utf-8", text)));
      }
      puts.forEach(AnswerMeasurement::get);
      api.awaitIngested(collection, Duration.ofMinutes(10));
      BareSearch bare = new BareSearch(set.paragraphs());
      List<Future<Outcome>> outcomes = new ArrayList<>();
      for (Asked asked : set.questions()) {
        if (asked.heldOut()) {
          outcomes.add(clients.submit(() -> outcome(api, collection, asked, bare)));
        }
      }
      return outcomes.stream().map(AnswerMeasurement::get).toList();
    }
  }

  private static Outcome outcome(Api api, String collection, Asked asked, BareSearch bare) {
    JsonNode answer =
        api.post("/api/ask", Map.of("question", asked.text(), "collections", List.of(collection)));
    boolean sentence = false;
    for (JsonNode citation : answer.path("citations")) {
      String quote = citation.path("quote").asString();
      sentence |= asked.golds().stream().anyMatch(quote::contains);
    }
    JsonNode first =
        api.search(collection, Map.of("query", asked.text(), "max_num_results", 1))
            .path("data")
            .path(0);
    return new Outcome(
        asked,
        !answer.path("outcome").asString().equals("unsupported"),
        sentence,
        first.path("filename").asString().equals("p" + asked.paragraph() + ".txt"),
        bare.first(asked.text()) == asked.paragraph());
  }

  private static double share(List<Outcome> outcomes, java.util.function.Predicate<Outcome> what) {
    return outcomes.isEmpty()
        ? Double.NaN
        : (double) outcomes.stream().filter(what).count() / outcomes.size();
  }

  private static <T> T get(Future<T> future) {
    try {
      return future.get();
    } catch (ExecutionException failure) {
      throw new IllegalStateException(failure.getCause());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }
}
