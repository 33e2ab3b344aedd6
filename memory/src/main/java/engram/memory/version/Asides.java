package engram.memory.version;

import engram.memory.Forgetting;
import engram.memory.MemoryScope;
import engram.memory.consolidate.Covers;
import engram.memory.episode.EpisodeRows;
import engram.memory.level.SummaryRows;
import engram.memory.log.EventRows;
import engram.memory.scope.MemoryTransactions;
import engram.memory.scope.MemoryTransactions.Head;
import engram.retrieval.RefusedException;
import java.sql.Timestamp;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Sets events aside and brings them back. Each call joins the caller's transaction, which holds
/// the tenant's head and the scope.
final class Asides {
  private final MemoryTransactions transactions;
  private final JdbcClient jdbc;
  private final SummaryRows summaries;
  private final EpisodeRows episodes;
  private final Covers covers;

  Asides(MemoryTransactions transactions, JdbcClient jdbc, SummaryRows summaries) {
    this.transactions = transactions;
    this.jdbc = jdbc;
    this.summaries = summaries;
    this.episodes = new EpisodeRows(jdbc);
    this.covers = new Covers(jdbc);
  }

  /// Events that are there now and were not when the log stood at a number.
  List<Long> since(MemoryScope scope, long logSeq) {
    return seqs(
        "e.set_aside is null and (e.seq > :then or not (" + wasThere() + "))", scope, logSeq);
  }

  /// Events that were there when the log stood at a number and are aside now.
  List<Long> missing(MemoryScope scope, long logSeq) {
    return seqs("e.set_aside is not null and e.seq <= :then and " + wasThere(), scope, logSeq);
  }

  private static String wasThere() {
    return EventRows.WAS_THERE.replace("?", ":then");
  }

  private List<Long> seqs(String where, MemoryScope scope, long then) {
    List<Long> seqs =
        jdbc.sql(
                "select seq from memory_events e where tenant_id = :tenant and user_id = :user and "
                    + where
                    + " order by seq limit :limit")
            .param("tenant", scope.tenant())
            .param("user", scope.user())
            .param("then", then)
            .param("limit", Forgetting.EVENTS_MAX + 1)
            .query(Long.class)
            .list();
    if (seqs.size() > Forgetting.EVENTS_MAX) {
      throw new RefusedException(
          RefusedException.Reason.TOO_LARGE,
          "too_many_events",
          "More than %d events are different.".formatted(Forgetting.EVENTS_MAX));
    }
    return seqs;
  }

  /// @return the number of this, in the log's numbering
  long set(MemoryScope scope, Head head, long seq, List<Long> events) {
    if (events.isEmpty()) {
      return seq;
    }
    Long[] seqs = events.toArray(Long[]::new);
    jdbc.sql("update memory_events set set_aside = ? where tenant_id = ? and seq = any(?)")
        .params(seq + 1, scope.tenant(), seqs)
        .update();
    jdbc.sql(
            """
            insert into memory_asides (tenant_id, event_seq, user_id, agent_id, run_id, from_seq)
            select tenant_id, seq, user_id, agent_id, run_id, ? from memory_events
            where tenant_id = ? and seq = any(?)
            """)
        .params(seq + 1, scope.tenant(), seqs)
        .update();
    withdraw(scope, events);
    return announce(scope, head, seq + 1, seqs, false);
  }

  /// What was made of them says what is not there.
  private void withdraw(MemoryScope scope, List<Long> events) {
    List<String> sessions =
        jdbc.sql(
                "select distinct session_id from memory_events where tenant_id = ? and seq = any(?)")
            .params(scope.tenant(), events.toArray(Long[]::new))
            .query(String.class)
            .list();
    summaries.forget(scope, events);
    covers.forget(scope, events);
    episodes.shrink(scope, sessions);
  }

  /// Those whose key was given to another event meanwhile stay aside: that one says the same.
  ///
  /// @return the number of this, in the log's numbering
  long bringBack(MemoryScope scope, Head head, long seq, List<Long> events) {
    if (events.isEmpty()) {
      return seq;
    }
    Long[] seqs = events.toArray(Long[]::new);
    Long[] back =
        jdbc.sql(
                """
                update memory_events e set set_aside = null
                where tenant_id = ? and seq = any(?) and not exists (
                  select from memory_events o where o.tenant_id = e.tenant_id
                    and o.user_id = e.user_id and o.agent_id = e.agent_id and o.run_id = e.run_id
                    and o.ingest_key = e.ingest_key and o.set_aside is null)
                returning seq
                """)
            .params(scope.tenant(), seqs)
            .query(Long.class)
            .list()
            .toArray(Long[]::new);
    jdbc.sql(
            """
            update memory_asides set to_seq = ?
            where tenant_id = ? and event_seq = any(?) and to_seq is null
            """)
        .params(seq + 1, scope.tenant(), back)
        .update();
    return announce(scope, head, seq + 1, back, true);
  }

  private long announce(MemoryScope scope, Head head, long seq, Long[] events, boolean restored) {
    jdbc.sql(
            """
            insert into memory_removals (tenant_id, seq, user_id, agent_id, run_id, event_seqs,
              removed_at, restored) values (?, ?, ?, ?, ?, ?, ?, ?)
            """)
        .params(
            scope.tenant(),
            seq,
            scope.user(),
            scope.agent(),
            scope.run(),
            events,
            Timestamp.from(head.now()),
            restored)
        .update();
    transactions.advance(scope.tenant(), seq);
    return seq;
  }
}
