package engram.api.rest;

import engram.api.error.Failure;
import engram.eval.SearchOptions;
import engram.retrieval.SearchRequest;
import java.util.List;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What an evaluation's configuration may say: the body of `POST …/search`, read by the same
/// record, but for what the evaluation itself sets.
@Component
class SearchFields implements SearchOptions {
  private static final List<String> SET_BY_THE_RUN =
      List.of("query", "queries", "offset", "limit", "explain", "flags");

  private final JsonMapper json;

  SearchFields(JsonMapper json) {
    this.json = json;
  }

  @Override
  public SearchRequest request(
      JsonNode search, String collectionId, String query, int offset, int limit) {
    if (!(search instanceof ObjectNode fields)) {
      throw Failure.invalid("search", "'search' is an object.").toException();
    }
    for (String name : SET_BY_THE_RUN) {
      if (fields.has(name)) {
        throw Failure.invalid("search." + name, "'" + name + "' is set by the evaluation.")
            .toException();
      }
    }
    ObjectNode body = fields.deepCopy();
    body.put("query", query).put("offset", offset).put("limit", limit);
    return json.treeToValue(body, SearchBody.class).in(List.of(collectionId));
  }
}
