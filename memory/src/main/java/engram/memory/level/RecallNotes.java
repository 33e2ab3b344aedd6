package engram.memory.level;

import engram.memory.Event;
import engram.memory.MemoryScope;
import engram.memory.Recall;
import engram.memory.scope.MemoryTransactions;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Which events were recalled since the last look, for the summaries that are made of them. A
/// recall must not wait for a write, so they are gathered here; beyond the bound some are not
/// noted.
final class RecallNotes {
  private static final int EVENTS_MAX = 10_000;

  private record Subject(UUID tenant, String user) {}

  private final MemoryTransactions transactions;
  private final JdbcClient jdbc;
  private final Map<Subject, Set<Long>> noted = new HashMap<>();
  private int count;

  RecallNotes(MemoryTransactions transactions, JdbcClient jdbc) {
    this.transactions = transactions;
    this.jdbc = jdbc;
  }

  synchronized void add(Recall.Result result) {
    for (Recall.Recalled item : result.items()) {
      if (count >= EVENTS_MAX) {
        return;
      }
      Event event = item.event();
      Subject subject = new Subject(event.place().tenant(), event.place().user());
      if (noted.computeIfAbsent(subject, key -> new HashSet<>()).add(event.seq())) {
        count++;
      }
    }
  }

  private synchronized Map<Subject, Set<Long>> take() {
    Map<Subject, Set<Long>> taken = new HashMap<>(noted);
    noted.clear();
    count = 0;
    return taken;
  }

  /// Each summary of an episode counts as recalled once, however many of its events were; its topic
  /// with it.
  void write(Instant now) {
    take()
        .forEach((subject, seqs) -> {
          List<Long> events = new ArrayList<>(seqs);
          transactions.write(
              MemoryScope.allOf(subject.tenant(), subject.user()),
              () ->
                  jdbc.sql(
                          """
                          with episodes as (select id, topic_id from memory_summaries
                            where tenant_id = ? and level = 'episode' and sources && ?)
                          update memory_summaries set recalls = recalls + 1, recalled_at = ?
                          where tenant_id = ? and (id in (select id from episodes)
                            or id in (select topic_id from episodes))
                          """)
                      .params(
                          subject.tenant(),
                          events.toArray(Long[]::new),
                          Timestamp.from(now),
                          subject.tenant())
                      .update());
        });
  }
}
