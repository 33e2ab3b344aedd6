package engram.bench;

import engram.bench.QuestionSet.Asked;
import engram.eval.metric.PairedStatistics;
import engram.system.Api;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// What each way to cut costs or gains: SQuAD's articles, whole, and how often an answer stands in
/// the first so many tokens of what a search finds. Chunks of all sizes are compared at the same
/// number of tokens, for that is what a model is shown and what is paid for.
final class ChunkerMeasurement {
  private static final List<String> STRATEGIES =
      List.of("structure", "recursive", "sentences", "tokens");
  private static final List<Integer> SIZES = List.of(100, 200, 400);
  private static final int TOKENS = 1_000;
  private static final int HITS = 30;
  private static final long SEED = 5;

  private ChunkerMeasurement() {}

  static void measure(Report report, Api api, Path data) {
    Path file = data.resolve("dev-v2.0.half.shared.json");
    QuestionSet set = QuestionSet.read("squad2", file);
    Map<String, String> articles = new LinkedHashMap<>();
    for (Asked question : set.questions()) {
      articles.putIfAbsent(question.article(), "");
    }
    articles.replaceAll((article, none) -> html(article, set));
    List<Asked> asked =
        set.questions().stream()
            .filter(question -> question.answerable() && question.heldOut())
            .toList();
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("strategy", "tokens at most", "chunks", "answers shown", "less structure's"));
    Map<String, Object> values = new LinkedHashMap<>();
    for (int size : SIZES) {
      double[] structure = {};
      for (String strategy : STRATEGIES) {
        double[] shown = new double[asked.size()];
        int chunks = shown(api, articles, strategy, size, asked, shown);
        structure = structure.length == 0 ? shown : structure;
        double[] difference = RelevanceMeasurement.minus(shown, structure);
        double mean = PairedStatistics.mean(shown);
        values.put(strategy + "_" + size, RelevanceMeasurement.rounded(mean));
        rows.add(
            List.of(
                strategy,
                Integer.toString(size),
                Integer.toString(chunks),
                Report.number(mean),
                strategy.equals(STRATEGIES.getFirst())
                    ? ""
                    : RelevanceMeasurement.gain(
                        PairedStatistics.mean(difference),
                        PairedStatistics.bootstrap(difference, 0.95, SEED))));
        System.out.println(rows.getLast());
      }
    }
    report.value("chunkers", values);
    report.section(
        "Ways to cut",
        Report.table(rows)
            + "\nHow often one of the gold answers stands in the first %,d tokens of a search's hits;"
                .formatted(TOKENS)
            + " %,d questions about %d articles of SQuAD 2.0, each article one document."
                .formatted(asked.size(), articles.size())
            + " The articles have no headings, tables or code, for which the other ways are.");
  }

  private static String html(String article, QuestionSet set) {
    StringBuilder html = new StringBuilder("<html><head><title>");
    html.append(LoadedCorpus.escaped(article.replace('_', ' '))).append("</title></head><body>");
    set.questions().stream()
        .filter(question -> question.article().equals(article))
        .map(Asked::paragraph)
        .distinct()
        .forEach(at ->
            html.append("<p>")
                .append(LoadedCorpus.escaped(set.paragraphs().get(at)))
                .append("</p>"));
    return html.append("</body></html>").toString();
  }

  /// @param shown gets 1 where the answer is shown
  /// @return how many chunks there were
  private static int shown(
      Api api,
      Map<String, String> articles,
      String strategy,
      int size,
      List<Asked> asked,
      double[] shown) {
    String collection =
        api.post(
                "/v1/vector_stores",
                Map.of(
                    "name",
                    strategy,
                    "chunking_strategy",
                    Map.of("type", strategy, strategy, Map.of("max_chunk_size_tokens", size))))
            .path("id")
            .asString();
    articles.forEach((article, html) ->
        api.put(
            "/api/collections/" + collection + "/documents/" + Api.encode(article + ".html"),
            "text/html; charset=utf-8",
            html.getBytes(StandardCharsets.UTF_8)));
    api.awaitIngested(collection, Duration.ofMinutes(10));
    for (int at = 0; at < shown.length; at++) {
      String text = first(api, collection, asked.get(at).text());
      shown[at] = asked.get(at).golds().stream().anyMatch(text::contains) ? 1 : 0;
    }
    int chunks =
        api.get("/api/collections/" + collection + "/documents?limit=100")
            .path("items")
            .valueStream()
            .mapToInt(document -> document.path("chunk_count").asInt())
            .sum();
    api.delete("/v1/vector_stores/" + collection);
    return chunks;
  }

  /// The first tokens of what is found; of the chunk at the cut its share of letters.
  private static String first(Api api, String collection, String question) {
    JsonNode found =
        api.post(
            "/api/collections/" + collection + "/search", Map.of("query", question, "limit", HITS));
    StringBuilder text = new StringBuilder();
    int left = TOKENS;
    for (JsonNode hit : found.path("hits")) {
      int tokens = hit.path("tokens").asInt();
      String chunk = hit.path("text").asString();
      if (tokens > left) {
        return text.append(chunk, 0, chunk.length() * left / tokens).toString();
      }
      text.append(chunk).append('\n');
      left -= tokens;
    }
    return text.toString();
  }
}
