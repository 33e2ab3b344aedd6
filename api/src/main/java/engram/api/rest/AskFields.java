package engram.api.rest;

import engram.api.error.Failure;
import engram.eval.AnswerOptions;
import engram.retrieval.AskRequest;
import engram.retrieval.SearchRequest;
import java.util.Set;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What an evaluation's configuration may say of answers: those fields of `POST /api/ask` that are
/// not the question's and not the search's, read by the same record.
@Component
class AskFields implements AnswerOptions {
  private static final Set<String> OF_AN_ANSWER =
      Set.of(
          "mode",
          "budget_tokens",
          "max_passages",
          "instructions",
          "max_answer_tokens",
          "temperature",
          "packing",
          "widen",
          "unsupported_sentences");

  private final JsonMapper json;

  AskFields(JsonMapper json) {
    this.json = json;
  }

  @Override
  public AskRequest request(JsonNode ask, String question, SearchRequest passages) {
    if (!(ask instanceof ObjectNode fields)) {
      throw Failure.invalid("ask", "'ask' is an object.").toException();
    }
    for (String name : fields.propertyNames()) {
      if (!OF_AN_ANSWER.contains(name)) {
        throw Failure.invalid(
                "ask." + name,
                "'" + name + "' is no field of an answer; 'search' says what is searched for.")
            .toException();
      }
    }
    ObjectNode body = fields.deepCopy();
    body.put("question", question).putArray("collections").add(passages.collections().getFirst());
    AskRequest read = json.treeToValue(body, AskBody.class).toRequest();
    return new AskRequest(
        question,
        many(passages, read.search().limit()),
        read.mode(),
        read.instructions(),
        read.history(),
        read.budgetTokens(),
        read.maxAnswerTokens(),
        read.temperature(),
        read.packing(),
        read.widen(),
        read.unsupportedSentences());
  }

  private static SearchRequest many(SearchRequest search, int limit) {
    return new SearchRequest(
        search.collections(),
        search.queries(),
        search.filter(),
        search.offset(),
        limit,
        search.scoreThreshold(),
        search.weights(),
        search.explain(),
        search.ranking());
  }
}
