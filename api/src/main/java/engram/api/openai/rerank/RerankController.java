package engram.api.openai.rerank;

import com.fasterxml.jackson.annotation.JsonInclude;
import engram.api.engine.EngineFailures;
import engram.api.engine.EngineModels;
import engram.api.openai.RequestProblem;
import engram.api.openai.models.ModelNames;
import engram.api.security.Budgets;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.inference.Engine;
import engram.inference.Prompt;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;

@RestController
@Requires(Verb.CHAT)
class RerankController {
  private static final int DOCUMENTS_MAX = 1_000;
  private static final int TEXT_CHARS_MAX = 100_000;
  private static final int CHARS_MAX = 4_000_000;

  private final ModelNames names;
  private final EngineModels models;
  private final Budgets budgets;

  RerankController(ModelNames names, EngineModels models, Budgets budgets) {
    this.names = names;
    this.models = models;
    this.budgets = budgets;
  }

  /// @param documents texts, or objects with a `text`
  /// @param topN results at most; all by default
  /// @param rawScores whether scores are the model's own numbers rather than in `[0, 1]`
  record Body(
      @Nullable String model,
      @Nullable String query,
      @Nullable List<JsonNode> documents,
      @Nullable Integer topN,
      @Nullable Boolean returnDocuments,
      @Nullable Boolean rawScores) {}

  record Reply(String id, String object, String model, List<Result> results, Tokens usage) {}

  /// @param index of the document in the request
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Result(int index, double relevanceScore, @Nullable Document document) {}

  record Document(String text) {}

  record Tokens(long promptTokens, long totalTokens) {}

  /// The most relevant first; equally relevant ones in the order of the request.
  @PostMapping("/v1/rerank")
  Reply rerank(Caller caller, @RequestBody Body body) {
    String model = names.local(body.model());
    String query = text(body.query(), "query");
    List<String> documents = documents(body.documents());
    int top = top(body.topN(), documents.size());
    Scored scored =
        EngineFailures.told(() -> {
          Engine engine = models.with(model);
          float[] scores = compared(engine, model, query, documents);
          return new Scored(scores, tokens(engine, model, query, documents));
        });
    budgets.spendTokens(caller, scored.tokens());
    boolean raw = Boolean.TRUE.equals(body.rawScores());
    List<Result> results = new ArrayList<>();
    for (int index = 0; index < documents.size(); index++) {
      float score = scored.scores()[index];
      results.add(
          new Result(
              index,
              raw ? score : 1 / (1 + Math.exp(-score)),
              Boolean.TRUE.equals(body.returnDocuments())
                  ? new Document(documents.get(index))
                  : null));
    }
    results.sort(Comparator.comparingDouble((Result result) -> -result.relevanceScore()));
    return new Reply(
        "rerank-" + UUID.randomUUID().toString().replace("-", ""),
        "list",
        model,
        results.subList(0, top),
        new Tokens(scored.tokens(), scored.tokens()));
  }

  private static float[] compared(Engine engine, String model, String query, List<String> documents)
      throws InterruptedException {
    try {
      return engine.rerank(model, query, documents);
    } catch (IllegalStateException noClassifier) {
      throw new IllegalArgumentException(
          model + " does not compare texts: " + noClassifier.getMessage(), noClassifier);
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Scored(float[] scores, long tokens) {}

  /// The query is read with each document.
  private static long tokens(Engine engine, String model, String query, List<String> documents)
      throws InterruptedException {
    long ofQuery = engine.tokens(model, new Prompt.Text(query, true, false)).length;
    long tokens = ofQuery * documents.size();
    for (String document : documents) {
      tokens += engine.tokens(model, new Prompt.Text(document, true, false)).length;
    }
    return tokens;
  }

  private static int top(@Nullable Integer given, int documents) {
    if (given != null && given < 1) {
      throw RequestProblem.invalid("top_n", "'top_n' " + given + " is less than 1.");
    }
    return given == null ? documents : Math.min(given, documents);
  }

  private static List<String> documents(@Nullable List<JsonNode> given) {
    if (given == null) {
      throw RequestProblem.missing("documents");
    }
    if (given.isEmpty() || given.size() > DOCUMENTS_MAX) {
      throw RequestProblem.invalid(
          "documents", "'documents' are 1 to " + DOCUMENTS_MAX + ", not " + given.size() + ".");
    }
    List<String> texts = new ArrayList<>();
    long chars = 0;
    for (JsonNode one : given) {
      JsonNode text = one.isObject() ? one.path("text") : one;
      texts.add(
          text(text.isString() ? text.stringValue() : null, "documents[" + texts.size() + "]"));
      chars += texts.getLast().length();
    }
    if (chars > CHARS_MAX) {
      throw RequestProblem.invalid(
          "documents", "All documents together have more than " + CHARS_MAX + " characters.");
    }
    return texts;
  }

  private static String text(@Nullable String given, String param) {
    if (given == null || given.isBlank()) {
      throw RequestProblem.missing(param);
    }
    if (given.length() > TEXT_CHARS_MAX) {
      throw RequestProblem.invalid(
          param, "'" + param + "' has more than " + TEXT_CHARS_MAX + " characters.");
    }
    return given;
  }
}
