package engram.retrieval.pack;

import engram.retrieval.Hit;
import java.util.List;

/// What was packed.
///
/// @param passages in the order in which they are to be shown
/// @param packed the hits whose text is in the passages, best first
/// @param left the hits that found no room, best first
public record PackedContext(List<Passage> passages, List<Hit> packed, List<Hit> left, int tokens) {
  public PackedContext {
    passages = List.copyOf(passages);
    packed = List.copyOf(packed);
    left = List.copyOf(left);
  }
}
