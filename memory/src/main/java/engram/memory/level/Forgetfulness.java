package engram.memory.level;

import engram.memory.LevelBank.Level;
import engram.memory.LevelBank.State;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// What goes when a place has more than its budget. Deterministic: the same summaries at the same
/// time lose the same.
///
/// @param strengthDays `S` of what was never recalled; each recall adds as much again. MemoryBank's
///   is one day; summaries are read less often than single memories
/// @param budgetBytes of one place
record Forgetfulness(double strengthDays, long budgetBytes) {
  /// Half forgotten.
  private static final double FADED = 0.5;

  private static final double DAY_MILLIS = Duration.ofDays(1).toMillis();

  /// A summary as the budget sees it.
  ///
  /// @param since when it was last recalled, or made
  /// @param briefBytes what it would take shortened
  record Held(
      long id,
      Level level,
      State state,
      int bytes,
      int briefBytes,
      int recalls,
      Instant since,
      Instant to) {}

  /// @param bytes what it took before
  record Step(Held held, State to, double retention) {}

  /// `exp(−t / S)`; 1 for what lies ahead.
  double retention(Instant since, int recalls, Instant now) {
    double days = Math.max(0, Duration.between(since, now).toMillis() / DAY_MILLIS);
    return Math.exp(-days / (strengthDays * (1 + recalls)));
  }

  /// First what is faded is shortened, the least remembered first, then dropped; only where that is
  /// not enough the same is done to what is fresh. So each is short before it goes. The profile
  /// stays, for its size is bounded.
  ///
  /// @param held all of one place
  List<Step> plan(List<Held> held, Instant now) {
    long over = held.stream().mapToLong(Held::bytes).sum() - budgetBytes;
    if (over <= 0) {
      return List.of();
    }
    List<Held> weakest =
        held.stream()
            .filter(one -> one.level() != Level.PROFILE && one.state() != State.DROPPED)
            .sorted(
                Comparator.comparingDouble((Held one) -> retention(one.since(), one.recalls(), now))
                    .thenComparing(Held::to)
                    .thenComparing(Held::level)
                    .thenComparingLong(Held::id))
            .toList();
    Map<Boolean, List<Held>> byFaded =
        weakest.stream()
            .collect(
                Collectors.partitioningBy(
                    one -> retention(one.since(), one.recalls(), now) < FADED));
    Map<Long, Step> steps = new LinkedHashMap<>();
    for (boolean faded : new boolean[] {true, false}) {
      over = take(byFaded.getOrDefault(faded, List.of()), over, now, steps);
    }
    return List.copyOf(steps.values());
  }

  /// @return what is still over the budget
  private long take(List<Held> weakest, long over, Instant now, Map<Long, Step> steps) {
    long left = over;
    for (Held one : weakest) {
      if (left > 0 && one.state() == State.FULL && one.briefBytes() < one.bytes()) {
        left -= one.bytes() - one.briefBytes();
        steps.put(one.id(), step(one, State.BRIEF, now));
      }
    }
    for (Held one : weakest) {
      if (left > 0) {
        left -= steps.containsKey(one.id()) ? one.briefBytes() : one.bytes();
        steps.put(one.id(), step(one, State.DROPPED, now));
      }
    }
    return left;
  }

  private Step step(Held one, State to, Instant now) {
    return new Step(one, to, retention(one.since(), one.recalls(), now));
  }
}
