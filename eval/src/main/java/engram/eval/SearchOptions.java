package engram.eval;

import engram.retrieval.SearchRequest;
import tools.jackson.databind.JsonNode;

/// Reads what a search may say: the same function as the one behind the search that callers use, so
/// that what is measured is what they get. The room above brings it.
@FunctionalInterface
public interface SearchOptions {
  /// @param search the fields of a search's body, without the query, the offset and the limit
  /// @throws RuntimeException as a search would refuse it
  SearchRequest request(JsonNode search, String collectionId, String query, int offset, int limit);
}
