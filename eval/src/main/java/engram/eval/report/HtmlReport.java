package engram.eval.report;

import engram.eval.Comparison;
import engram.eval.EvaluationRun;
import engram.eval.EvaluationRun.ConfigurationSummary;
import engram.eval.EvaluationRun.Figure;
import engram.eval.EvaluationRun.QueryResult;
import engram.eval.EvaluationRun.Summary;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// A run as one HTML page with inline styles and plots. All text in it is escaped; it holds no
/// script and names no other resource.
public final class HtmlReport {
  private static final int QUERIES_SHOWN = 10;

  private final EvaluationRun run;
  private final String metric;

  /// Those that the metric is defined for.
  private final List<QueryResult> queries;

  private final StringBuilder page = new StringBuilder();

  public HtmlReport(EvaluationRun run, List<QueryResult> queries) {
    this.run = run;
    this.metric = run.mainMetric();
    this.queries =
        queries.stream()
            .filter(query ->
                query.outcomes().stream().allMatch(one -> one.metrics().containsKey(metric)))
            .toList();
  }

  public String render() {
    page.append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
        .append("<meta name=\"color-scheme\" content=\"light dark\"><title>")
        .append(escape(run.name()))
        .append("</title><style>")
        .append(Style.CSS)
        .append("</style></head><body><main>\n");
    head();
    Summary summary = run.summary();
    if (summary == null) {
      page.append("<p>There are no figures: the evaluation is ").append(escape(run.state()));
      EvaluationRun.Failure failure = run.failure();
      page.append(failure == null ? ".</p>" : ". " + escape(failure.message()) + "</p>");
    } else {
      figures(summary);
      comparisons(summary);
      plots(summary);
      worstAndBest();
    }
    return page.append("</main></body></html>\n").toString();
  }

  private void head() {
    page.append("<h1>")
        .append(escape(run.name()))
        .append("</h1><p>Judged set <b>")
        .append(escape(run.setName()))
        .append("</b> against collection <code>")
        .append(escape(run.collectionId()))
        .append("</code>, ")
        .append(escape(run.createdAt().toString()))
        .append("</p><dl>");
    for (EvaluationRun.Configuration configuration : run.configurations()) {
      page.append("<dt>")
          .append(escape(configuration.name()))
          .append("</dt><dd><code>")
          .append(escape(configuration.search().toString()))
          .append("</code>");
      if (run.answers()) {
        page.append("; answers <code>")
            .append(configuration.ask() == null ? "{}" : escape(configuration.ask().toString()))
            .append("</code>");
      }
      page.append("</dd>");
    }
    page.append("</dl>\n");
  }

  private void figures(Summary summary) {
    page.append("<h2>Figures</h2><p>")
        .append(summary.queries())
        .append(" queries; ")
        .append(summary.queriesLeftOut())
        .append(" left out, for nothing relevant to them is in the collection; ")
        .append(summary.judgementsMissing())
        .append(" relevant documents are not there and count ")
        .append(run.countMissing() ? "as not found" : "for nothing")
        .append(". The first ")
        .append(summary.depth())
        .append(" documents of each query. In brackets: 95 % bootstrap interval.</p>");
    page.append("<table><thead><tr><th>measure</th>");
    summary.configurations().forEach(one -> header(one.name()));
    page.append("</tr></thead><tbody>");
    for (String measure : metrics(summary)) {
      page.append("<tr><th>").append(escape(measure)).append("</th>");
      for (ConfigurationSummary one : summary.configurations()) {
        Figure figure = one.metrics().get(measure);
        page.append("<td>")
            .append(
                figure == null
                    ? "–"
                    : "%s <small>[%s, %s]</small>"
                        .formatted(
                            number(figure.mean()), number(figure.ciLow()), number(figure.ciHigh())))
            .append("</td>");
      }
      page.append("</tr>");
    }
    latency(summary);
    page.append("</tbody></table>\n");
    for (ConfigurationSummary one : summary.configurations()) {
      one.notes()
          .forEach((note, count) ->
              page.append("<p class=\"note\">")
                  .append(escape(one.name() + ", " + count + " searches: " + note))
                  .append("</p>"));
    }
  }

  private void latency(Summary summary) {
    page.append("<tr><th>latency p50 / p95 / p99, ms</th>");
    for (ConfigurationSummary one : summary.configurations()) {
      page.append(
          String.format(
              Locale.ROOT,
              "<td>%.1f / %.1f / %.1f</td>",
              one.latency().p50Ms(),
              one.latency().p95Ms(),
              one.latency().p99Ms()));
    }
    page.append("</tr>");
  }

  private static Set<String> metrics(Summary summary) {
    Set<String> metrics = new LinkedHashSet<>();
    summary.configurations().forEach(one -> metrics.addAll(one.metrics().keySet()));
    return metrics;
  }

  private void comparisons(Summary summary) {
    if (summary.comparisons().isEmpty()) {
      return;
    }
    page.append("<h2>Second against first</h2><table><thead><tr>");
    List.of("measure", "difference", "95 % interval", "p", "wins", "losses", "ties")
        .forEach(this::header);
    page.append("</tr></thead><tbody>");
    for (Comparison one : summary.comparisons()) {
      page.append(
          String.format(
              Locale.ROOT,
              "<tr><th>%s</th><td>%+.4f</td><td>[%+.4f, %+.4f]</td><td>%.4f</td>"
                  + "<td>%d</td><td>%d</td><td>%d</td></tr>",
              escape(one.metric()),
              one.meanDifference(),
              one.ciLow(),
              one.ciHigh(),
              one.p(),
              one.wins(),
              one.losses(),
              one.ties()));
    }
    page.append("</tbody></table><p>p: paired randomisation test, two-sided.</p>\n");
  }

  private void plots(Summary summary) {
    page.append("<h2>Plots</h2>");
    page.append(Plots.figures(summary.configurations()));
    page.append(
        Plots.perQuery(
            metric,
            run.configurations().size() == 2,
            queries.stream().mapToDouble(this::value).sorted().toArray()));
  }

  /// The difference with two configurations, the value with one.
  private double value(QueryResult query) {
    Double difference = query.difference();
    Double value = query.outcomes().getFirst().metrics().get(metric);
    return difference != null ? difference : value == null ? 0 : value;
  }

  private void worstAndBest() {
    List<QueryResult> sorted =
        queries.stream().sorted(Comparator.comparingDouble(this::value)).toList();
    int shown = Math.min(QUERIES_SHOWN, sorted.size());
    boolean compared = run.configurations().size() == 2;
    table(compared ? "Lost most" : "Worst queries", sorted.subList(0, shown));
    table(
        compared ? "Gained most" : "Best queries",
        sorted.subList(sorted.size() - shown, sorted.size()).reversed());
  }

  private void table(String title, List<QueryResult> shown) {
    page.append("<h2>").append(title).append("</h2><table><thead><tr>");
    header("query");
    run.configurations().forEach(one -> header(metric + ", " + one.name()));
    run.configurations().forEach(one -> header("found at, " + one.name()));
    page.append("</tr></thead><tbody>");
    for (QueryResult query : shown) {
      page.append("<tr><th><code>")
          .append(escape(query.queryId()))
          .append("</code> ")
          .append(escape(query.text()))
          .append("</th>");
      query
          .outcomes()
          .forEach(outcome ->
              page.append("<td>")
                  .append(number(outcome.metrics().getOrDefault(metric, 0.0)))
                  .append("</td>"));
      query
          .outcomes()
          .forEach(outcome -> page.append("<td>").append(escape(ranks(outcome))).append("</td>"));
      page.append("</tr>");
    }
    page.append("</tbody></table>\n");
  }

  private static String ranks(EvaluationRun.Outcome outcome) {
    String ranks =
        String.join(
            ", ", outcome.ranks().values().stream().limit(10).map(String::valueOf).toList());
    return ranks.isEmpty() ? "not found" : ranks;
  }

  private void header(String text) {
    page.append("<th>").append(escape(text)).append("</th>");
  }

  static String number(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }

  static String escape(String text) {
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    text.chars()
        .forEach(c -> {
          switch (c) {
            case '&' -> escaped.append("&amp;");
            case '<' -> escaped.append("&lt;");
            case '>' -> escaped.append("&gt;");
            case '"' -> escaped.append("&quot;");
            case '\'' -> escaped.append("&#39;");
            default -> escaped.append((char) c);
          }
        });
    return escaped.toString();
  }
}
