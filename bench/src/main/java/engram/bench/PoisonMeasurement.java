package engram.bench;

import engram.retrieval.Access;
import engram.retrieval.Answer;
import engram.retrieval.Answerer;
import engram.retrieval.AskRequest;
import engram.retrieval.AskRequest.Packing;
import engram.retrieval.AskRequest.UnsupportedSentences;
import engram.retrieval.AskRequest.Widen;
import engram.retrieval.Hit;
import engram.retrieval.Retriever;
import engram.retrieval.SearchPage;
import engram.retrieval.SearchRequest;
import engram.retrieval.Source;
import engram.retrieval.Span;
import engram.retrieval.config.RetrievalAutoConfiguration;
import engram.retrieval.config.RetrievalSettings;
import engram.system.Api;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// How often a passage of PoisonedRAG reaches the packed context, and what each defence costs
/// honest questions.
///
/// The corpus is the passages of HotpotQA, MuSiQue, SQuAD 2.0 and XQuAD (English) together with the
/// five poison passages of each of the 200 questions, each a document; `echo` puts the question
/// before each, as the paper's black-box attack does. Found by bare BM25, twenty passages at most.
/// The attacked questions have no evidence in the corpus, so their poison meets little competition:
/// what is measured is the worst case. Honest questions are those of HotpotQA, MuSiQue and the
/// answerable ones of SQuAD, over the same poisoned corpus; every second one is reported.
final class PoisonMeasurement {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Access ACCESS = Access.all(new UUID(0, 0), "bench");
  private static final int PASSAGES = 20;

  /// A SQuAD question more or less changes nothing that could be seen.
  private static final int EVERY_SQUAD = 10;

  /// @param author what a cap of sources goes by: the article, or whoever planted the poison
  private record Text(String text, String author, boolean poison) {}

  /// @param gold indexes of the evidence; empty for an attacked question
  private record Asked(String set, String text, Set<Integer> gold) {}

  private final List<Text> texts = new ArrayList<>();
  private final List<Asked> asked = new ArrayList<>();

  private PoisonMeasurement() {}

  /// @param data the folder of the public data sets
  /// @return for each attack and defence: how many attacked questions have poison in their context,
  ///   how much of it, and what share of the evidence of honest questions is packed
  static Map<String, Object> of(Path data) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (boolean echo : new boolean[] {false, true}) {
      PoisonMeasurement measurement = new PoisonMeasurement();
      measurement.read(data, echo);
      BareSearch search = new BareSearch(measurement.texts.stream().map(Text::text).toList());
      defences()
          .forEach((name, settings) ->
              values.put(
                  "poison_" + (echo ? "echo_" : "plain_") + name,
                  measurement.measure(search, settings)));
    }
    return values;
  }

  public static void main(String[] args) {
    Measured.print(of(Measured.data(args)));
  }

  /// The same through a server: its own ingestion, search and packing, over HTTP, with the
  /// defaults.
  static Map<String, Object> throughServer(Path data, Api api) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (boolean echo : new boolean[] {false, true}) {
      PoisonMeasurement measurement = new PoisonMeasurement();
      measurement.read(data, echo);
      values.put(
          "poison_" + (echo ? "echo_" : "plain_") + "engram", measurement.throughServer(api));
    }
    return values;
  }

  private Map<String, Object> throughServer(Api api) {
    List<JudgedCorpus.Text> documents = new ArrayList<>();
    for (Text text : texts) {
      documents.add(new JudgedCorpus.Text("t" + documents.size(), "", text.text()));
    }
    LoadedCorpus loaded =
        LoadedCorpus.load(api, new JudgedCorpus("poison", "en", documents, List.of()));
    List<String> questions = asked.stream().map(Asked::text).distinct().toList();
    List<LoadedCorpus.Read> read = loaded.ask(questions);
    Map<String, Set<Integer>> packed = new HashMap<>();
    for (int at = 0; at < questions.size(); at++) {
      Set<Integer> indexes = new HashSet<>();
      read.get(at).texts().forEach(id -> indexes.add(Integer.parseInt(id.substring(1))));
      packed.put(questions.get(at), indexes);
    }
    loaded.delete();
    return measure(question -> packed.getOrDefault(question, Set.of()));
  }

  private static Map<String, RetrievalSettings.Ask> defences() {
    Map<String, RetrievalSettings.Ask> defences = new LinkedHashMap<>();
    defences.put("none", settings(PASSAGES, 0, 2, 1));
    defences.put("duplicates_0.9", settings(PASSAGES, 0, 0.9, 1));
    defences.put("duplicates_0.3", settings(PASSAGES, 0, 0.3, 1));
    defences.put("source_cap_1", settings(PASSAGES, 1, 2, 1));
    defences.put("source_cap_3", settings(PASSAGES, 3, 2, 1));
    defences.put("echo_weight_0.3", settings(PASSAGES, 0, 2, 0.3));
    defences.put("passages_5", settings(5, 0, 2, 1));
    defences.put("passages_5_echo_weight_0.3", settings(5, 0, 2, 0.3));
    defences.put("passages_5_duplicates_0.3", settings(5, 0, 0.3, 1));
    return defences;
  }

  private static RetrievalSettings.Ask settings(
      int passages, int perSource, double duplicates, double echo) {
    return new RetrievalSettings.Ask(
        Duration.ofMinutes(1),
        Duration.ofMinutes(1),
        null,
        Packing.EDGES,
        Widen.NONE,
        UnsupportedSentences.MARK,
        passages,
        0,
        perSource,
        "author",
        duplicates,
        echo);
  }

  private Map<String, Object> measure(BareSearch search, RetrievalSettings.Ask settings) {
    Answerer answerer = RetrievalAutoConfiguration.quoting(retriever(search), settings);
    return measure(question -> packed(answerer, question));
  }

  /// @param packing the texts that are packed for a question
  private Map<String, Object> measure(Function<String, Set<Integer>> packing) {
    int attacked = 0;
    int reached = 0;
    int poison = 0;
    Map<String, double[]> evidence = new HashMap<>();
    int turn = 0;
    for (Asked question : asked) {
      boolean honest = !question.gold().isEmpty();
      if (honest && turn++ % 2 == 0) {
        continue;
      }
      Set<Integer> packed = packing.apply(question.text());
      if (honest) {
        double[] sum = evidence.computeIfAbsent(question.set(), key -> new double[2]);
        sum[0]++;
        sum[1] +=
            question.gold().stream().filter(gold -> shows(packed, gold)).count()
                / (double) question.gold().size();
      } else {
        int bad = (int) packed.stream().filter(index -> texts.get(index).poison()).count();
        attacked++;
        reached += bad > 0 ? 1 : 0;
        poison += bad;
      }
    }
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("reached_share", (double) reached / attacked);
    values.put("poison_passages_mean", (double) poison / attacked);
    evidence.forEach((set, sum) -> values.put("evidence_packed_" + set, sum[1] / sum[0]));
    return values;
  }

  /// The sets share paragraphs, MuSiQue with a title before them: whichever of two texts is shown,
  /// the evidence is there if it is there to the letter.
  private boolean shows(Set<Integer> packed, int gold) {
    return packed.contains(gold)
        || (gold >= 0
            && packed.stream()
                .anyMatch(index -> texts.get(index).text().contains(texts.get(gold).text())));
  }

  private static Set<Integer> packed(Answerer answerer, String question) {
    AskRequest request =
        new AskRequest(
            question,
            SearchRequest.of("all", question, PASSAGES),
            AskRequest.Mode.EXTRACTIVE,
            null,
            List.of(),
            AskRequest.BUDGET_TOKENS_DEFAULT,
            null,
            null);
    Answer answer = answerer.ask(ACCESS, request, new Answerer.AnswerListener() {});
    Set<Integer> packed = new HashSet<>();
    // A merged passage is not shown: neither poison nor evidence.
    answer.context().chunkIds().forEach(id -> packed.add(id.intValue()));
    return packed;
  }

  private Retriever retriever(BareSearch search) {
    return (access, request) -> {
      List<Hit> hits =
          search.ranked(request.queries().getFirst(), request.limit()).stream()
              .map(found -> hit(found.index(), found.score()))
              .toList();
      return new SearchPage(hits, false, List.of());
    };
  }

  private Hit hit(int index, double score) {
    Text text = texts.get(index);
    Span span = new Span(0, text.text().length());
    Source source =
        new Source("all", "file-" + index, "text", 1, null, List.of(), 0, 0, List.of(), span);
    return new Hit(
        index,
        index,
        source,
        text.text(),
        0,
        Map.of("author", text.author()),
        score,
        List.of(),
        null);
  }

  private void read(Path data, boolean echo) {
    hotpot(data.resolve("qa-multihop"));
    musique(data.resolve("qa-multihop"));
    squad(data.resolve("qa-squad2/dev-v2.0.half.shared.json"), true);
    squad(data.resolve("qa-xquad/xquad.en.shared.json"), false);
    for (String file : List.of("hotpotqa.json", "nq.json")) {
      for (JsonNode attack : json(data.resolve("attack-poisonedrag").resolve(file))) {
        String question = attack.get("question").asString();
        for (JsonNode text : attack.get("adv_texts")) {
          String planted = (echo ? question + " " : "") + text.asString();
          texts.add(new Text(planted, "attacker of " + question, true));
        }
        asked.add(new Asked(file, question, Set.of()));
      }
    }
  }

  private void hotpot(Path folder) {
    Map<String, Integer> titles = new HashMap<>();
    json(folder.resolve("hotpotqa_train_corpus.json"))
        .properties()
        .forEach(entry -> {
          StringBuilder text = new StringBuilder(entry.getKey()).append(". ");
          entry.getValue().forEach(sentence -> text.append(sentence.asString()));
          titles.put(entry.getKey(), texts.size());
          texts.add(new Text(text.toString(), "hotpot " + entry.getKey(), false));
        });
    for (JsonNode question : json(folder.resolve("hotpotqa_train.q000-059.json"))) {
      Set<Integer> gold = new HashSet<>();
      question
          .get("supporting_facts")
          .forEach(fact -> gold.add(titles.getOrDefault(fact.get(0).asString(), -1)));
      asked.add(new Asked("hotpotqa", question.get("question").asString(), gold));
    }
  }

  private void musique(Path folder) {
    Map<String, Integer> known = new HashMap<>();
    for (JsonNode each : json(folder.resolve("musique_train_corpus.json"))) {
      String text = each.get("title").asString() + ". " + each.get("text").asString();
      known.put(text, texts.size());
      texts.add(new Text(text, "musique " + each.get("title").asString(), false));
    }
    for (JsonNode question : json(folder.resolve("musique_train.q000-059.json"))) {
      Set<Integer> gold = new HashSet<>();
      for (JsonNode paragraph : question.get("paragraphs")) {
        if (paragraph.get("is_supporting").asBoolean()) {
          String text =
              paragraph.get("title").asString()
                  + ". "
                  + paragraph.path("paragraph_text").asString(paragraph.path("text").asString(""));
          gold.add(known.getOrDefault(text, -1));
        }
      }
      asked.add(new Asked("musique", question.get("question").asString(), gold));
    }
  }

  private void squad(Path file, boolean questions) {
    int turn = 0;
    for (JsonNode article : json(file).get("data")) {
      String title = article.get("title").asString();
      for (JsonNode paragraph : article.get("paragraphs")) {
        for (JsonNode question : paragraph.get("qas")) {
          boolean answerable = !question.get("answers").isEmpty();
          if (questions && answerable && turn++ % EVERY_SQUAD == 0) {
            asked.add(
                new Asked("squad2", question.get("question").asString(), Set.of(texts.size())));
          }
        }
        texts.add(new Text(paragraph.get("context").asString(), "article " + title, false));
      }
    }
  }

  private static JsonNode json(Path file) {
    return JSON.readTree(file.toFile());
  }
}
