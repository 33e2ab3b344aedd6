package engram.bench;

import engram.bench.QuestionSet.Asked;
import engram.system.Api;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Quoted answers to real questions, measured as users measure theirs: by an evaluation with
/// `answers`, on the articles of SQuAD 2.0 that no weight was fitted on.
final class CitedAnswers {
  private static final Duration PATIENCE = Duration.ofMinutes(60);

  /// What is reported, and under which keys.
  private static final List<String> MEASURES =
      List.of(
          "answered",
          "answer_sentence_hit",
          "citation_precision",
          "citation_recall",
          "sentences_carried",
          "citations_needed");

  private CitedAnswers() {}

  static Map<String, Object> of(Path data, Api api) {
    QuestionSet questions =
        QuestionSet.read("squad2", data.resolve("qa-squad2/dev-v2.0.half.shared.json"));
    String collection = api.createCollection("cited answers");
    for (int number = 0; number < questions.paragraphs().size(); number++) {
      api.put(
          "/api/collections/" + collection + "/documents/" + name(number),
          "text/plain; charset=utf-8",
          questions.paragraphs().get(number).getBytes(StandardCharsets.UTF_8));
    }
    api.awaitIngested(collection, PATIENCE);
    List<Map<String, Object>> queries = new ArrayList<>();
    for (Asked asked : questions.questions()) {
      if (asked.answerable() && asked.heldOut()) {
        queries.add(
            Map.of(
                "text", asked.text(),
                "relevant", Map.of(name(asked.paragraph()), 1),
                "answers", asked.golds().stream().distinct().toList()));
      }
    }
    String set =
        api.post("/api/evaluations/sets", Map.of("name", "SQuAD 2.0, held out", "queries", queries))
            .path("id")
            .asString();
    JsonNode run =
        ended(
            api,
            api.post(
                "/api/evaluations", Map.of("set", set, "collection", collection, "answers", true)));
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("cited_questions", run.path("summary").path("queries").asInt());
    JsonNode metrics = run.path("summary").path("configurations").path(0).path("metrics");
    for (String measure : MEASURES) {
      JsonNode figure = metrics.path(measure);
      figures.put(measure, RelevanceMeasurement.rounded(figure.path("mean").doubleValue()));
      figures.put(
          measure + "_ci_low", RelevanceMeasurement.rounded(figure.path("ci_low").doubleValue()));
      figures.put(
          measure + "_ci_high", RelevanceMeasurement.rounded(figure.path("ci_high").doubleValue()));
    }
    api.delete("/api/evaluations/sets/" + set);
    api.delete("/v1/vector_stores/" + collection);
    return figures;
  }

  private static String name(int paragraph) {
    return "p" + paragraph + ".txt";
  }

  private static JsonNode ended(Api api, JsonNode begun) {
    Instant deadline = Instant.now().plus(PATIENCE);
    JsonNode run = begun;
    while (List.of("queued", "running").contains(run.path("state").asString())) {
      if (Instant.now().isAfter(deadline)) {
        throw new IllegalStateException("the evaluation took longer than " + PATIENCE);
      }
      Pause.forSeconds(Duration.ofSeconds(1));
      run = api.get("/api/evaluations/" + begun.path("id").asString());
    }
    if (!run.path("state").asString().equals("succeeded")) {
      throw new IllegalStateException("the evaluation is " + run);
    }
    return run;
  }
}
