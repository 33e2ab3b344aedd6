package engram.memory.index;

import engram.memory.MemoryScope;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What the index is asked for.
///
/// @param words how often each word of the query stands in it
/// @param names the query's words as names are kept
/// @param times intervals that the query names
/// @param meaning its vector; null for none
/// @param candidates of each source at most
public record Question(
    MemoryScope scope,
    Map<String, Integer> words,
    Set<String> names,
    List<Interval> times,
    @Nullable List<Float> meaning,
    @Nullable Instant from,
    @Nullable Instant to,
    int candidates) {

  /// Half-open.
  public record Interval(Instant from, Instant to) {
    public boolean has(long epochSecond) {
      return epochSecond >= from.getEpochSecond() && epochSecond < to.getEpochSecond();
    }
  }

  public Question {
    words = Map.copyOf(words);
    names = Set.copyOf(names);
    times = List.copyOf(times);
    meaning = meaning == null ? null : List.copyOf(meaning);
  }

  /// The same for other words and nothing else.
  public Question forWords(Map<String, Integer> others, int candidatesMax) {
    return new Question(scope, others, Set.of(), List.of(), null, from, to, candidatesMax);
  }
}
