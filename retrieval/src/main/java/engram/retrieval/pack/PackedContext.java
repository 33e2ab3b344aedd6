package engram.retrieval.pack;

import engram.retrieval.Hit;
import java.util.List;

/// What was packed.
///
/// @param passages in the order in which they are to be shown
/// @param packed the hits whose text is in the passages, best first
/// @param merged hits that are not shown, because a packed one says the same
/// @param left the hits that found no room, or were not worth it
/// @param tokens of all that is shown, as one text
public record PackedContext(
    List<Passage> passages, List<Hit> packed, List<Hit> merged, List<Hit> left, int tokens) {
  public PackedContext {
    passages = List.copyOf(passages);
    packed = List.copyOf(packed);
    merged = List.copyOf(merged);
    left = List.copyOf(left);
  }
}
