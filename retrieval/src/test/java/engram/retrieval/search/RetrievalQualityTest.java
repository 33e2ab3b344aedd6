package engram.retrieval.search;

import static org.assertj.core.api.Assertions.assertThat;

import engram.retrieval.Hit;
import engram.retrieval.SearchRequest;
import engram.retrieval.index.IndexSettings;
import engram.retrieval.index.LibraryRows;
import engram.retrieval.index.LuceneIndex;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// How well words alone find, on public sets, against what plain Lucene reaches on the same texts.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RetrievalQualityTest {
  private static final JsonMapper JSON = JsonMapper.shared();

  @TempDir Path folder;

  /// The floors are the better of Lucene 10.5's StandardAnalyzer and EnglishAnalyzer with BM25.
  @ParameterizedTest
  @CsvSource({
    "en, 0.934",
    "de, 0.871",
    "es, 0.911",
    "tr, 0.803",
    "vi, 0.920",
    "ru, 0.815",
    "el, 0.868",
    "ar, 0.805",
    "zh, 0.911"
  })
  void questionsFindTheirParagraphFirst(String language, double plainLucene) throws IOException {
    JsonNode data =
        JSON.readTree(Files.readString(data("qa-xquad/xquad.%s.shared.json".formatted(language))));
    try (Searched searched = new Searched(folder.resolve(language))) {
      Map<String, String> paragraphOf = new HashMap<>();
      for (JsonNode article : data.get("data")) {
        for (JsonNode paragraph : article.get("paragraphs")) {
          String text = paragraph.get("context").asString();
          searched.rows.add(text);
          paragraph.get("qas").forEach(q -> paragraphOf.put(q.get("question").asString(), text));
        }
      }
      LibraryRows.applyAll(searched.index);
      int first = 0;
      for (var asked : paragraphOf.entrySet()) {
        List<Hit> hits = searched.search(asked.getKey(), 1);
        first += !hits.isEmpty() && hits.getFirst().text().equals(asked.getValue()) ? 1 : 0;
      }
      double hitAt1 = (double) first / paragraphOf.size();
      System.out.printf(
          "XQuAD %s: paragraph hit@1 %.3f (plain Lucene %.3f)%n", language, hitAt1, plainLucene);
      assertThat(hitAt1).isGreaterThanOrEqualTo(plainLucene - 0.0005);
    }
  }

  @Test
  void aeronauticalAbstractsAreFound() throws IOException {
    Path set = data("ir-cranfield/corpus.jsonl").getParent();
    ndcg("Cranfield", set, "corpus.jsonl", "queries.jsonl", "qrels.tsv", 0.382);
  }

  @Test
  void scientificAbstractsAreFound() throws IOException {
    Path set = data("ir-scifact/corpus.jsonl.gz").getParent();
    ndcg("SciFact", set, "corpus.jsonl.gz", "queries.train.jsonl", "qrels.train.tsv", 0.702);
  }

  /// @param plainLucene the EnglishAnalyzer and BM25 over title and text in one field
  private void ndcg(
      String name, Path set, String corpus, String queries, String qrels, double plainLucene)
      throws IOException {
    Map<String, Set<String>> relevant = new HashMap<>();
    for (String line : lines(set.resolve(qrels)).subList(1, lines(set.resolve(qrels)).size())) {
      String[] cells = line.split("\t");
      if (!cells[2].equals("0")) {
        relevant.computeIfAbsent(cells[0], id -> new HashSet<>()).add(cells[1]);
      }
    }
    try (Searched searched = new Searched(folder.resolve(name))) {
      for (String line : lines(set.resolve(corpus))) {
        JsonNode document = JSON.readTree(line);
        searched.rows.add(
            searched
                .rows
                .draft(document.get("text").asString())
                .titled(document.get("title").asString())
                .attributes(Map.of("id", document.get("_id").asString())));
      }
      LibraryRows.applyAll(searched.index);
      double sum = 0;
      int count = 0;
      for (String line : lines(set.resolve(queries))) {
        JsonNode query = JSON.readTree(line);
        Set<String> wanted = relevant.get(query.get("_id").asString());
        if (wanted != null) {
          sum += ndcgAt10(searched.search(query.get("text").asString(), 10), wanted);
          count++;
        }
      }
      double ndcg = sum / count;
      System.out.printf("%s: nDCG@10 %.4f (plain Lucene %.3f)%n", name, ndcg, plainLucene);
      assertThat(ndcg).isGreaterThanOrEqualTo(plainLucene);
    }
  }

  private static double ndcgAt10(List<Hit> hits, Set<String> wanted) {
    double gained = 0;
    double ideal = 0;
    for (int rank = 0; rank < 10; rank++) {
      double gain = Math.log(2) / Math.log(rank + 2);
      ideal += rank < wanted.size() ? gain : 0;
      boolean found =
          rank < hits.size() && wanted.contains(hits.get(rank).attributes().get("id").toString());
      gained += found ? gain : 0;
    }
    return gained / ideal;
  }

  private static List<String> lines(Path file) throws IOException {
    try (InputStream raw = Files.newInputStream(file);
        InputStream in = file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }

  /// A file of the shared data, or the test is skipped.
  private static Path data(String name) {
    List<Path> roots = new ArrayList<>();
    String given = System.getProperty("engram.data", System.getenv("ENGRAM_DATA"));
    if (given != null) {
      roots.add(Path.of(given));
    }
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      roots.add(at.resolve("shared/data"));
    }
    for (Path root : roots) {
      if (Files.exists(root.resolve(name))) {
        return root.resolve(name);
      }
    }
    Assumptions.abort("no " + name + " under -Dengram.data, ENGRAM_DATA or a shared/data above");
    throw new AssertionError();
  }

  private static final class Searched implements AutoCloseable {
    final LibraryRows rows = new LibraryRows();
    final LuceneIndex index;
    final LuceneRetriever retriever;

    Searched(Path folder) {
      index =
          LuceneIndex.open(folder, IndexSettings.DEFAULT, rows.transactions(), rows.dataSource());
      retriever =
          new LuceneRetriever(
              index, rows.transactions(), rows.dataSource(), SearchSettings.DEFAULT, null, null);
    }

    List<Hit> search(String query, int limit) {
      return retriever
          .search(rows.everything(), SearchRequest.of(rows.collection, query, limit))
          .hits();
    }

    @Override
    public void close() {
      index.close();
      rows.close();
    }
  }
}
