package engram.retrieval;

import java.util.Set;

/// That other principals may read a document than before. Told in the transaction of the change:
/// what a listener writes is committed with it, and what it throws undoes it.
///
/// @param before empty for everybody in the tenant, as is `after`
public record ReadersChange(
    String collectionId, String fileId, Set<String> before, Set<String> after) {
  public ReadersChange {
    before = Set.copyOf(before);
    after = Set.copyOf(after);
  }
}
