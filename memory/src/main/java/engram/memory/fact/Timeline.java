package engram.memory.fact;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Who holds when, of the standing claims about one thing: rules 1 to 3 of [engram.memory.Facts].
///
/// A sweep over the times at which claims begin and end, in O(n log n).
final class Timeline {
  /// Before and after all times that can be kept.
  static final Instant BEGINNING = Instant.MIN;

  static final Instant END = Instant.MAX;

  /// A standing claim.
  record Claim(long id, @Nullable Instant from, @Nullable Instant to, Instant eventAt, int rank) {
    Instant start() {
      return from == null ? eventAt : from;
    }

    Instant end() {
      return to == null ? END : to;
    }

    /// Up to where it may reach back.
    Instant limit() {
      return start().isBefore(end()) ? start() : end();
    }
  }

  /// A claim wins from a time to a time.
  record Stretch(long claim, Instant from, Instant to) {}

  private static final Comparator<Claim> STRONGEST_LAST =
      Comparator.comparingInt(Claim::rank)
          .thenComparing(Claim::start)
          .thenComparing(Claim::eventAt)
          .thenComparingLong(Claim::id);

  private static final Comparator<Claim> REACHES_BACK_FIRST =
      Comparator.comparing(Claim::end)
          .thenComparing(Claim::eventAt)
          .thenComparing(Comparator.comparingInt(Claim::rank).reversed())
          .thenComparingLong(Claim::id);

  private Timeline() {}

  /// Disjoint, in order; stretches of one claim that touch are one.
  static List<Stretch> of(List<Claim> claims) {
    if (claims.isEmpty()) {
      return List.of();
    }
    TreeMap<Instant, List<Claim>> begins = new TreeMap<>();
    TreeMap<Instant, List<Claim>> ends = new TreeMap<>();
    TreeMap<Instant, List<Claim>> limits = new TreeMap<>();
    TreeSet<Instant> times = new TreeSet<>();
    times.add(BEGINNING);
    for (Claim claim : claims) {
      if (claim.start().isBefore(claim.end())) {
        begins.computeIfAbsent(claim.start(), time -> new ArrayList<>()).add(claim);
        ends.computeIfAbsent(claim.end(), time -> new ArrayList<>()).add(claim);
        times.add(claim.start());
        times.add(claim.end());
      }
      if (claim.from() == null) {
        limits.computeIfAbsent(claim.limit(), time -> new ArrayList<>()).add(claim);
        times.add(claim.limit());
      }
    }
    NavigableSet<Claim> holding = new TreeSet<>(STRONGEST_LAST);
    NavigableSet<Claim> reachingBack = new TreeSet<>(REACHES_BACK_FIRST);
    limits.values().forEach(reachingBack::addAll);
    List<Stretch> stretches = new ArrayList<>();
    for (Instant time : times) {
      holding.addAll(begins.getOrDefault(time, List.of()));
      ends.getOrDefault(time, List.of()).forEach(holding::remove);
      limits.getOrDefault(time, List.of()).forEach(reachingBack::remove);
      Instant next = times.higher(time);
      Claim winner =
          !holding.isEmpty()
              ? holding.last()
              : !reachingBack.isEmpty() ? reachingBack.first() : null;
      if (winner != null && !time.equals(END)) {
        add(stretches, new Stretch(winner.id(), time, next == null ? END : next));
      }
    }
    return stretches;
  }

  private static void add(List<Stretch> stretches, Stretch next) {
    if (!stretches.isEmpty()) {
      Stretch last = stretches.getLast();
      if (last.claim() == next.claim() && last.to().equals(next.from())) {
        stretches.set(stretches.size() - 1, new Stretch(last.claim(), last.from(), next.to()));
        return;
      }
    }
    stretches.add(next);
  }
}
