package engram.retrieval.ask;

import engram.retrieval.Access;
import engram.retrieval.Hit;
import engram.retrieval.NotFoundException;
import engram.retrieval.Surroundings;
import engram.retrieval.Surroundings.Parent;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Small to big: what small chunks find is read in its section.
///
/// A hit's parent stands before the hit itself: where the budget has no room for the one, the other
/// may still be taken, and where both are they become one passage.
public final class Widening {
  /// Hits whose parents are looked up, the best; no budget holds the sections of more.
  private static final int WIDENED_MAX = 20;

  /// What gives a chunk its surroundings, as [engram.retrieval.Library#around].
  public interface Around {
    /// For hits that no library has.
    Around NOTHING =
        (access, collection, chunk, neighbours) -> {
          throw new NotFoundException("chunk", Long.toString(chunk));
        };

    Surroundings of(Access access, String collectionId, long chunkId, int neighbours);
  }

  private final Around around;

  Widening(Around around) {
    this.around = around;
  }

  /// @param hits best first
  List<Hit> withParents(Access access, List<Hit> hits) {
    List<Hit> all = new ArrayList<>();
    Set<Place> seen = new HashSet<>();
    for (Hit hit : hits) {
      if (all.size() - seen.size() < WIDENED_MAX) {
        addParent(access, hit, seen, all);
      }
      all.add(hit);
    }
    return all;
  }

  private record Place(String fileId, int version, int start, int end) {}

  private void addParent(Access access, Hit hit, Set<Place> seen, List<Hit> to) {
    try {
      Parent parent = around.of(access, hit.source().collectionId(), hit.chunkId(), 0).parent();
      Place place =
          new Place(
              parent.source().fileId(),
              parent.source().version(),
              parent.source().span().start(),
              parent.source().span().end());
      boolean wider = parent.source().span().length() > hit.source().span().length();
      boolean sameVersion = place.version() == hit.source().version();
      if (wider && sameVersion && seen.add(place)) {
        to.add(hit.within(parent));
      }
    } catch (NotFoundException gone) {
      // Changed since the search: what was found is still what was found.
    }
  }
}
