package engram.retrieval.pack;

import engram.retrieval.Hit;
import java.util.List;

/// Chooses which hits are shown to whoever answers, within a budget, and in which order.
///
/// What always holds: what is shown of all passages together, counted as one text, is within the
/// budget; no character of a document version is shown twice; every passage's text is byte for byte
/// in its document; each hit is packed, merged into one that is, or left; equal input gives equal
/// output. Any number of threads.
public interface ContextPacker {
  /// @param hits best first, as a search returns them; may repeat and overlap
  /// @throws IllegalArgumentException if a hit's text is not as long as its span
  PackedContext pack(List<Hit> hits, Budget budget);
}
