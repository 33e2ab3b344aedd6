package engram.eval.report;

import static org.assertj.core.api.Assertions.assertThat;

import engram.eval.Comparison;
import engram.eval.EvaluationRun;
import engram.eval.EvaluationRun.Configuration;
import engram.eval.EvaluationRun.ConfigurationSummary;
import engram.eval.EvaluationRun.Figure;
import engram.eval.EvaluationRun.Latency;
import engram.eval.EvaluationRun.Outcome;
import engram.eval.EvaluationRun.QueryResult;
import engram.eval.EvaluationRun.Summary;
import engram.eval.Report;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;

class HtmlReportTest {
  private static final String HOSTILE = "<script>alert('x')</script> & \"y\"";

  @Test
  void whateverIsWrittenInItIsShownAndNotRun() throws Exception {
    List<QueryResult> queries = new ArrayList<>();
    for (int index = 0; index < 1_200; index++) {
      double value = index % 7 / 7.0;
      queries.add(
          new QueryResult(
              "q" + index,
              HOSTILE + index,
              value - 0.5,
              List.of(
                  outcome(0.5, index % 2 == 0 ? Map.of() : Map.of("d", 3)),
                  outcome(value, Map.of()))));
    }
    String page = new Report(run(summary()), queries).html();
    assertThat(page)
        .doesNotContain("<script", "alert('", "http", "url(")
        .contains("&lt;script&gt;", "not found", "Lost most", "+0.0100", "prefers-color-scheme");
    // Each plot is well-formed by itself.
    int plots = 0;
    for (int at = page.indexOf("<svg"); at >= 0; at = page.indexOf("<svg", at + 1)) {
      String svg = page.substring(at, page.indexOf("</svg>", at) + 6);
      DocumentBuilderFactory.newInstance()
          .newDocumentBuilder()
          .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
      plots++;
    }
    assertThat(plots).isEqualTo(2);
    assertThat(page.length()).isLessThan(300_000);
  }

  @Test
  void aRunWithoutFiguresSaysWhy() {
    assertThat(new Report(run(null), List.of()).html()).contains("failed", "It &lt;broke&gt;.");
    assertThat(new Report(run(summary()), List.of()).html()).contains("Figures");
  }

  /// Two ways to answer may search alike: only what was asked of the answer tells them apart.
  @Test
  void aSetOfAnswersOnlyHasPlotsAndQueriesAndSaysHowItWasAnswered() {
    var nodes = JsonNodeFactory.instance;
    Figure figure = new Figure(0.5, 0.4, 0.6, 10);
    Map<String, Figure> figures = Map.of("answer_hit", figure);
    Summary summary =
        new Summary(
            1,
            0,
            0,
            100,
            List.of(
                new ConfigurationSummary("edges", figures, new Latency(1, 2, 3), Map.of()),
                new ConfigurationSummary("rows", figures, new Latency(1, 2, 3), Map.of())),
            List.of());
    EvaluationRun run =
        run(
            summary,
            true,
            new Configuration(
                "edges", nodes.objectNode(), nodes.objectNode().put("packing", "edges")),
            new Configuration(
                "rows", nodes.objectNode(), nodes.objectNode().put("widen", "<parents>")));
    Outcome answered = new Outcome(Map.of("answer_hit", 1.0), Map.of(), List.of(), 1);
    Outcome missed = new Outcome(Map.of("answer_hit", 0.0), Map.of(), List.of(), 1);
    QueryResult query = new QueryResult("q7", "Who?", -1.0, List.of(answered, missed));
    assertThat(new Report(run, List.of(query)).html())
        .contains("{&quot;packing&quot;:&quot;edges&quot;}", "&lt;parents&gt;")
        .contains("Difference in answer_hit of each query", "answer_hit, edges", "q7")
        .doesNotContain("ndcg");
  }

  private static Outcome outcome(double ndcg, Map<String, Integer> ranks) {
    return new Outcome(Map.of("ndcg@10", ndcg), ranks, List.of(), 1.5);
  }

  private static Summary summary() {
    Figure figure = new Figure(0.5, 0.4, 0.6, 10);
    List<ConfigurationSummary> both =
        List.of(
            new ConfigurationSummary(
                HOSTILE, Map.of("ndcg@10", figure), new Latency(1, 2, 3), Map.of("vectors off", 2)),
            new ConfigurationSummary(
                "b", Map.of("ndcg@10", figure), new Latency(1, 2, 3), Map.of()));
    return new Summary(
        10,
        1,
        2,
        100,
        both,
        List.of(new Comparison("ndcg@10", 10, 0.5, 0.51, 0.01, -0.1, 0.1, 0.5, 5, 4, 1)));
  }

  private static EvaluationRun run(Summary summary) {
    var search = JsonNodeFactory.instance.objectNode().put("text_weight", 1);
    return run(summary, false, new Configuration("a", search), new Configuration("b", search));
  }

  private static EvaluationRun run(
      Summary summary, boolean answers, Configuration... configurations) {
    return new EvaluationRun(
        "eval_1",
        HOSTILE,
        "set_1",
        "set",
        "vs_1",
        List.of(configurations),
        List.of("ndcg@10"),
        answers,
        false,
        1,
        summary == null ? "failed" : "succeeded",
        null,
        summary == null ? new EvaluationRun.Failure("code", "It <broke>.") : null,
        summary,
        "key_1",
        Instant.parse("2026-01-31T12:00:00Z"),
        null);
  }
}
