package engram.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A public set of documents and judged queries.
record JudgedCorpus(String name, String language, List<Text> texts, List<Query> queries) {
  /// @param title empty where the set has none
  record Text(String id, String title, String body) {
    String whole() {
      return title.isEmpty() ? body : title + "\n" + body;
    }
  }

  /// @param grades by the id of the text; only relevant ones
  record Query(String text, Map<String, Integer> grades) {}

  private static final JsonMapper JSON = JsonMapper.shared();

  /// Queries by which constants may be chosen: the first, third, and so on.
  List<Query> fitting() {
    return half(0);
  }

  /// Queries that are reported.
  List<Query> reported() {
    return half(1);
  }

  private List<Query> half(int parity) {
    List<Query> half = new ArrayList<>();
    for (int index = parity; index < queries.size(); index += 2) {
      half.add(queries.get(index));
    }
    return half;
  }

  /// Cranfield, CISI, MED, NPL, ADI: BEIR's layout; of SciFact the training claims.
  static JudgedCorpus beir(String name, Path folder) {
    boolean train = Files.exists(folder.resolve("queries.train.jsonl"));
    Map<String, Map<String, Integer>> grades = new HashMap<>();
    List<String> judged = lines(folder.resolve(train ? "qrels.train.tsv" : "qrels.tsv"));
    for (String line : judged.subList(1, judged.size())) {
      String[] cells = line.split("\t");
      int grade = Integer.parseInt(cells[2]);
      if (grade > 0) {
        grades.computeIfAbsent(cells[0], id -> new HashMap<>()).put(cells[1], grade);
      }
    }
    List<Text> texts = new ArrayList<>();
    for (String line : lines(folder.resolve(train ? "corpus.jsonl.gz" : "corpus.jsonl"))) {
      JsonNode text = JSON.readTree(line);
      texts.add(
          new Text(
              text.path("_id").asString(),
              text.path("title").asString(""),
              text.path("text").asString()));
    }
    List<Query> queries = new ArrayList<>();
    for (String line : lines(folder.resolve(train ? "queries.train.jsonl" : "queries.jsonl"))) {
      JsonNode query = JSON.readTree(line);
      Map<String, Integer> wanted = grades.get(query.path("_id").asString());
      if (wanted != null) {
        queries.add(new Query(query.path("text").asString(), wanted));
      }
    }
    return new JudgedCorpus(name, "en", texts, queries);
  }

  static JudgedCorpus xquad(String language, Path folder) {
    QuestionSet set =
        QuestionSet.read(language, folder.resolve("xquad." + language + ".shared.json"));
    List<Text> texts = new ArrayList<>();
    for (int index = 0; index < set.paragraphs().size(); index++) {
      texts.add(new Text("p" + index, "", set.paragraphs().get(index)));
    }
    List<Query> queries =
        set.questions().stream()
            .map(asked -> new Query(asked.text(), Map.of("p" + asked.paragraph(), 1)))
            .toList();
    return new JudgedCorpus("xquad-" + language, language, texts, queries);
  }

  static JudgedCorpus musique(Path folder) {
    List<Text> texts = new ArrayList<>();
    Map<String, String> ids = new HashMap<>();
    for (JsonNode passage : json(folder.resolve("musique_train_corpus.json"))) {
      Text text =
          new Text(
              "m" + texts.size(),
              passage.path("title").asString(),
              passage.path("text").asString());
      texts.add(text);
      ids.put(text.whole(), text.id());
    }
    List<Query> queries = new ArrayList<>();
    for (JsonNode question : json(folder.resolve("musique_train.q000-059.json"))) {
      Map<String, Integer> grades = new HashMap<>();
      for (JsonNode passage : question.path("paragraphs")) {
        if (passage.path("is_supporting").asBoolean()) {
          String whole =
              passage.path("title").asString() + "\n" + passage.path("paragraph_text").asString();
          grades.put(ids.get(whole), 1);
        }
      }
      queries.add(new Query(question.path("question").asString(), grades));
    }
    return new JudgedCorpus("musique", "en", texts, queries);
  }

  static JudgedCorpus hotpot(Path folder) {
    List<Text> texts = new ArrayList<>();
    Map<String, String> ids = new HashMap<>();
    for (Map.Entry<String, JsonNode> passage :
        json(folder.resolve("hotpotqa_train_corpus.json")).properties()) {
      StringBuilder body = new StringBuilder();
      passage.getValue().forEach(sentence -> body.append(sentence.asString()));
      ids.put(passage.getKey(), "h" + texts.size());
      texts.add(new Text("h" + texts.size(), passage.getKey(), body.toString()));
    }
    List<Query> queries = new ArrayList<>();
    for (JsonNode question : json(folder.resolve("hotpotqa_train.q000-059.json"))) {
      Map<String, Integer> grades = new HashMap<>();
      question
          .path("supporting_facts")
          .forEach(fact -> grades.put(ids.get(fact.path(0).asString()), 1));
      queries.add(new Query(question.path("question").asString(), grades));
    }
    return new JudgedCorpus("hotpotqa", "en", texts, queries);
  }

  /// The query is the whole instruction to the simulated customer, which no search engine was made
  /// for; it is the same for all.
  static JudgedCorpus tau2(Path folder) {
    List<Text> texts = new ArrayList<>();
    for (String line : lines(folder.resolve("documents.jsonl"))) {
      JsonNode text = JSON.readTree(line);
      texts.add(
          new Text(
              text.path("id").asString(),
              text.path("title").asString(),
              text.path("content").asString()));
    }
    List<Query> queries = new ArrayList<>();
    for (JsonNode task : json(folder.resolve("tasks.shared.json"))) {
      Map<String, Integer> grades = new HashMap<>();
      task.path("required_documents").forEach(id -> grades.put(id.asString(), 1));
      String text = task.path("user_scenario").path("instructions").asString();
      if (!grades.isEmpty()) {
        queries.add(new Query(text, grades));
      }
    }
    return new JudgedCorpus("tau2-banking", "en", texts, queries);
  }

  private static JsonNode json(Path file) {
    try {
      return JSON.readTree(Files.readString(file));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static List<String> lines(Path file) {
    try (InputStream raw = Files.newInputStream(file);
        InputStream in = file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
