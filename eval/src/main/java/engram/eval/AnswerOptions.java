package engram.eval;

import engram.retrieval.AskRequest;
import engram.retrieval.SearchRequest;
import tools.jackson.databind.JsonNode;

/// Reads what a question may say beside its search, as [SearchOptions] does for that. The room
/// above brings it.
@FunctionalInterface
public interface AnswerOptions {
  /// @param ask the fields of a question's body, without the question itself and without what
  ///   belongs to the search
  /// @param passages what is searched for; how many, `ask` may say
  /// @throws RuntimeException as a question would be refused
  AskRequest request(JsonNode ask, String question, SearchRequest passages);
}
