package engram.memory.control;

import engram.memory.Event;
import engram.memory.MemoryScope;
import engram.memory.Pins;
import engram.memory.Recall;
import engram.memory.RecallRequest;
import engram.memory.log.EventRows;
import engram.memory.scope.MemoryTransactions;
import engram.retrieval.Explanation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Puts what is pinned before what another [Recall] finds, within the same bounds.
///
/// A pin counts one more than the best match: what is pinned stands first and among itself as it
/// matches, and the parts of its score still add up to it. Pins are not narrowed by the question;
/// times that the request names hold for them too.
public final class PinnedRecall implements Recall {
  private final Recall inner;
  private final Pins pins;
  private final MemoryTransactions transactions;
  private final EventRows rows;

  public PinnedRecall(Recall inner, Pins pins, MemoryTransactions transactions, EventRows rows) {
    this.inner = inner;
    this.pins = pins;
    this.transactions = transactions;
    this.rows = rows;
  }

  @Override
  public Result recall(RecallRequest request) {
    Result found = inner.recall(request);
    Set<Long> pinned = pins.pinnedEvents(request.scope());
    if (pinned.isEmpty()) {
      return found;
    }
    double most = found.items().isEmpty() ? 0 : Math.max(0, found.items().getFirst().score());
    Map<Long, Recalled> matches = new HashMap<>();
    found.items().forEach(item -> matches.put(item.event().seq(), item));
    List<Recalled> ranked = new ArrayList<>();
    for (Event event : read(request.scope(), pinned)) {
      if (isWithin(event, request)) {
        ranked.add(lifted(event, matches.get(event.seq()), most + 1));
      }
    }
    ranked.sort((one, other) ->
        one.score() == other.score()
            ? Long.compare(one.event().seq(), other.event().seq())
            : Double.compare(other.score(), one.score()));
    for (Recalled item : found.items()) {
      if (!pinned.contains(item.event().seq())) {
        ranked.add(item);
      }
    }
    return packed(ranked, request, found.isWhole());
  }

  private List<Event> read(MemoryScope scope, Set<Long> seqs) {
    long[] numbers = seqs.stream().mapToLong(Long::longValue).toArray();
    return transactions.read(scope, () -> rows.of(scope.tenant(), numbers));
  }

  private static boolean isWithin(Event event, RecallRequest request) {
    return (request.from() == null || !event.at().isBefore(request.from()))
        && (request.to() == null || event.at().isBefore(request.to()));
  }

  private static Recalled lifted(Event event, @Nullable Recalled match, double lift) {
    List<Explanation> parts =
        new ArrayList<>(match == null ? List.of() : match.explanation().parts());
    parts.add(new Explanation("pinned", lift, List.of()));
    double score = (match == null ? 0 : match.score()) + lift;
    return new Recalled(
        event, score, new Explanation("recall", score, parts), Recall.tokens(event));
  }

  private static Result packed(List<Recalled> ranked, RecallRequest request, boolean whole) {
    List<Recalled> items = new ArrayList<>();
    int tokens = 0;
    boolean all = whole;
    for (Recalled item : ranked) {
      boolean fits =
          items.size() < request.items()
              && (request.budgetTokens() == 0 || tokens + item.tokens() <= request.budgetTokens());
      if (fits) {
        items.add(item);
        tokens += item.tokens();
      }
      all &= fits;
    }
    return new Result(items, all, tokens);
  }
}
