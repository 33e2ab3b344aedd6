package engram.retrieval;

import java.util.List;

/// Hits, best first.
///
/// @param notes what the reader of the hits should know, such as that the vector leg is off
public record SearchPage(List<Hit> hits, boolean hasMore, List<String> notes) {
  public SearchPage {
    hits = List.copyOf(hits);
    notes = List.copyOf(notes);
  }
}
