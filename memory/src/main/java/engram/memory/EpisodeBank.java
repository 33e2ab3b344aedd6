package engram.memory;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What happened, in pieces that belong together: the log cut into episodes, behind it. Derived by
/// rule and kept without text, so an episode has exactly the events that the log still has.
///
/// Threads: any.
public interface EpisodeBank {
  int PAGE_MAX = 1_000;

  /// An episode as it is kept.
  ///
  /// @param id the least number of its events when it was made
  /// @param events how many it has
  /// @param knownFrom when the first of them was written down
  record Kept(long id, Episode episode, int events, Instant knownFrom) {}

  /// Episodes in the order in which they began.
  ///
  /// @param next where the next page begins; null on the last
  record Page(List<Kept> episodes, @Nullable String next) {
    public Page {
      episodes = List.copyOf(episodes);
    }
  }

  /// Which episodes to show.
  ///
  /// @param scope of one user
  /// @param session one conversation; null for all
  /// @param from those that ended then or later; null for any
  /// @param to those that began before; null for any
  /// @param known only what was written down by then; null for all
  /// @param after the page before's `next`; null for the first
  /// @param limit 1 to [#PAGE_MAX]
  record Query(
      MemoryScope scope,
      @Nullable String session,
      @Nullable Instant from,
      @Nullable Instant to,
      @Nullable Instant known,
      @Nullable String after,
      int limit) {
    public Query {
      if (limit < 1 || limit > PAGE_MAX) {
        throw new IllegalArgumentException("limit %d is not in [1, %d]".formatted(limit, PAGE_MAX));
      }
      if (from != null && to != null && !from.isBefore(to)) {
        throw new IllegalArgumentException("from %s is not before to %s".formatted(from, to));
      }
    }

    public static Query of(MemoryScope scope) {
      return new Query(scope, null, null, null, null, null, PAGE_MAX);
    }
  }

  /// @throws IllegalArgumentException if `after` is nobody's `next`
  Page timeline(Query query);

  Optional<Kept> find(MemoryScope scope, long id);
}
