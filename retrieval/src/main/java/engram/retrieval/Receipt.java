package engram.retrieval;

import java.time.Instant;
import java.util.Map;

/// What a deletion took away.
///
/// @param subject what was asked to go, such as `file file-…`
/// @param removed how many of each kind went: `documents`, `chunks`, `vectors`, `extracted_texts`,
///   `blobs`, `index_entries`, …
/// @param verifiedAbsent whether a look into the index after the deletion found nothing of it
public record Receipt(
    String id,
    String subject,
    String deletedBy,
    Instant deletedAt,
    Map<String, Long> removed,
    boolean verifiedAbsent) {
  public Receipt {
    removed = Map.copyOf(removed);
  }
}
