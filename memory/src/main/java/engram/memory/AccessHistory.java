package engram.memory;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Who read and wrote which memories, when. Numbers only, never content.
///
/// Entries are written in the background, all in order: a kill loses those of the last second.
/// Threads: any.
public interface AccessHistory {
  int LIMIT_MAX = 500;

  /// Numbers that an entry names at most; the count tells of all.
  int ITEMS_MAX = 100;

  /// @param actor the key that asked
  /// @param operation such as `recall`, `append`, `erase`
  /// @param items of events or claims
  record Access(
      long id,
      MemoryScope scope,
      Instant at,
      String actor,
      String operation,
      boolean writes,
      List<Long> items,
      long count,
      String requestId) {
    public Access {
      items = List.copyOf(items);
    }
  }

  /// @param writes null for both
  /// @param before those with smaller ids; null for the latest
  record Query(
      @Nullable Boolean writes,
      @Nullable Instant from,
      @Nullable Instant to,
      @Nullable Long before) {}

  /// Returns at once, unless so many wait that this one has to help.
  void add(
      MemoryScope scope,
      String actor,
      String operation,
      boolean writes,
      List<Long> items,
      String requestId);

  /// Latest first; those that wait are written before.
  List<Access> read(MemoryScope scope, Query query, int limit);

  /// Writes what waits.
  ///
  /// @return whether there was something
  boolean flush();

  /// Forgets what is older, of all tenants.
  ///
  /// @return how many went
  int forgetBefore(Instant time, int limit);
}
