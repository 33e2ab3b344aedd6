package engram.retrieval.pack;

import engram.retrieval.Hit;
import java.util.List;

/// Chooses which hits are shown to whoever answers, within a budget, and in which order.
///
/// What always holds: the tokens of all passages together are within the budget; no character of a
/// document version is shown twice; every passage's text is byte for byte in its document; equal
/// input gives equal output. Any number of threads.
public interface ContextPacker {
  /// @param hits best first, as a search returns them; may repeat and overlap
  /// @param budgetTokens at least 1
  /// @throws IllegalArgumentException if a hit's text is not as long as its span
  PackedContext pack(List<Hit> hits, int budgetTokens);
}
