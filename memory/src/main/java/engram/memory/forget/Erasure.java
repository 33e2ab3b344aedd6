package engram.memory.forget;

import engram.memory.Forgetting;
import engram.memory.Forgetting.Preview;
import engram.memory.Forgetting.Selection;
import engram.memory.MemoryScope;
import engram.memory.consolidate.Covers;
import engram.memory.episode.EpisodeRows;
import engram.memory.fact.StoredFacts;
import engram.memory.level.SummaryRows;
import engram.memory.scope.MemoryTransactions;
import engram.memory.scope.MemoryTransactions.Head;
import engram.memory.vault.SubjectCiphers;
import engram.retrieval.RefusedException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Removes rows, in the caller's transaction and scope.
final class Erasure {
  private static final String ACCESSES = "memory_accesses";

  /// Rows of a user, in an order in which they can go.
  private static final List<String> TABLES =
      List.of(
          "memory_pins",
          "memory_asides",
          "memory_snapshots",
          "memory_retention",
          ACCESSES,
          "memory_demotions",
          "memory_summaries",
          "memory_fingerprints",
          "memory_episodes",
          "memory_facts",
          "memory_evidence",
          "memory_claims",
          "memory_events");

  private final MemoryTransactions transactions;
  private final JdbcClient jdbc;
  private final StoredFacts facts;
  private final EpisodeRows episodes;
  private final SummaryRows summaries;
  private final Covers covers;

  Erasure(
      MemoryTransactions transactions, JdbcClient jdbc, SubjectCiphers ciphers, StoredFacts facts) {
    this.transactions = transactions;
    this.jdbc = jdbc;
    this.facts = facts;
    this.episodes = new EpisodeRows(jdbc);
    this.summaries = new SummaryRows(jdbc, ciphers);
    this.covers = new Covers(jdbc);
  }

  /// What went.
  ///
  /// @param sessions of the events
  /// @param seq the removal's number in the tenant's log; 0 if no event went
  record Gone(
      List<Long> events,
      Set<String> sessions,
      List<Long> claims,
      Map<String, Long> removed,
      long seq) {}

  /// An event and where it is kept.
  private record Placed(long seq, MemoryScope place, String session) {}

  Gone erase(MemoryScope scope, Selection what) {
    Head head = transactions.lockHead(scope.tenant());
    List<Placed> events = select(scope, what);
    if (events.size() > Forgetting.EVENTS_MAX) {
      throw new RefusedException(
          RefusedException.Reason.TOO_LARGE,
          "too_many_events",
          "More than %d events at once. Erase shorter times, one after the other."
              .formatted(Forgetting.EVENTS_MAX));
    }
    Map<MemoryScope, List<Long>> byPlace = new LinkedHashMap<>();
    for (Placed event : events) {
      byPlace.computeIfAbsent(event.place(), place -> new ArrayList<>()).add(event.seq());
    }
    List<Long> claims = new ArrayList<>();
    byPlace.forEach((place, seqs) -> claims.addAll(facts.removeEvidence(place, seqs, head.now())));
    if (what instanceof Selection.About(String subject)) {
      claims.addAll(facts.endAbout(scope, subject, head.now()));
    }
    if (what instanceof Selection.Between(var from, var to)) {
      claims.addAll(facts.endSaidBetween(scope, from, to, head.now()));
    }
    Map<String, Long> removed = new TreeMap<>();
    List<Long> seqs = events.stream().map(Placed::seq).toList();
    removeClaims(scope, claims, removed);
    removed.merge(
        "evidence",
        (long)
            count(
                "delete from memory_evidence where tenant_id = ? and event_seq = any(?)",
                scope,
                seqs),
        Long::sum);
    removed.put(
        "events",
        (long)
            count("delete from memory_events where tenant_id = ? and seq = any(?)", scope, seqs));
    count("delete from memory_asides where tenant_id = ? and event_seq = any(?)", scope, seqs);
    removed.put(
        "pins",
        (long)
                count(
                    "delete from memory_pins where tenant_id = ? and kind = 'event' and number = any(?)",
                    scope,
                    seqs)
            + count(
                "delete from memory_pins where tenant_id = ? and kind = 'claim' and number = any(?)",
                scope,
                claims));
    Set<String> sessions = events.stream().map(Placed::session).collect(Collectors.toSet());
    removed.put("summaries", (long) summaries.forget(scope, seqs));
    removed.put("fingerprints", (long) covers.forget(scope, seqs));
    removed.put("episodes", (long) episodes.shrink(scope, sessions));
    long seq = seqs.isEmpty() ? 0 : announce(scope, head, seqs);
    return new Gone(seqs, sessions, claims, removed, seq);
  }

  Preview preview(MemoryScope scope, Selection what) {
    List<Long> seqs = select(scope, what).stream().map(Placed::seq).toList();
    long bare =
        jdbc.sql(
                """
                select count(*) from memory_claims c where tenant_id = :tenant and evidenced
                  and ended_at is null
                  and exists (select from memory_evidence e where e.tenant_id = c.tenant_id
                    and e.claim_id = c.id and e.removed_at is null and e.event_seq = any(:seqs))
                  and not exists (select from memory_evidence e where e.tenant_id = c.tenant_id
                    and e.claim_id = c.id and e.removed_at is null and e.event_seq <> all(:seqs))
                """)
            .param("tenant", scope.tenant())
            .param("seqs", seqs.toArray(Long[]::new))
            .query(Long.class)
            .single();
    long about =
        what instanceof Selection.About(String subject)
            ? jdbc.sql(
                    """
                    select count(*) from memory_claims
                    where tenant_id = ? and user_id = ? and subject_hash = ? and not evidenced
                    """)
                .params(scope.tenant(), scope.user(), facts.subjectHash(scope, subject))
                .query(Long.class)
                .single()
            : what instanceof Selection.Between(var from, var to)
                ? facts.countSaidBetween(scope, from, to)
                : 0;
    return new Preview(seqs.size(), bare + about);
  }

  private void removeClaims(MemoryScope scope, List<Long> claims, Map<String, Long> removed) {
    removed.put(
        "facts",
        (long)
            count(
                "delete from memory_facts where tenant_id = ? and claim_id = any(?)",
                scope,
                claims));
    removed.put(
        "evidence",
        (long)
            count(
                "delete from memory_evidence where tenant_id = ? and claim_id = any(?)",
                scope,
                claims));
    removed.put(
        "claims",
        (long)
            count("delete from memory_claims where tenant_id = ? and id = any(?)", scope, claims));
  }

  private int count(String sql, MemoryScope scope, List<Long> ids) {
    return jdbc.sql(sql).params(scope.tenant(), ids.toArray(Long[]::new)).update();
  }

  /// Tells the index, in the numbering of the log.
  private long announce(MemoryScope scope, Head head, List<Long> seqs) {
    long seq = head.seq() + 1;
    jdbc.sql(
            """
            insert into memory_removals (tenant_id, seq, user_id, agent_id, run_id, event_seqs,
              removed_at) values (?, ?, ?, ?, ?, ?, ?)
            """)
        .params(
            scope.tenant(),
            seq,
            scope.user(),
            scope.agent(),
            scope.run(),
            seqs.toArray(Long[]::new),
            Timestamp.from(head.now()))
        .update();
    transactions.advance(scope.tenant(), seq);
    return seq;
  }

  private List<Placed> select(MemoryScope scope, Selection what) {
    String where =
        switch (what) {
          case Selection.Events _ -> "seq = any(:value)";
          case Selection.Session _ -> "session_id = :value";
          case Selection.Between _ -> "at >= :value and at < :end";
          case Selection.From _ -> "role = :value";
          case Selection.About _ ->
              """
              seq in (select e.event_seq from memory_evidence e join memory_claims c
                on c.tenant_id = e.tenant_id and c.id = e.claim_id
                where c.tenant_id = :tenant and c.subject_hash = :value)
              """;
        };
    JdbcClient.StatementSpec statement =
        jdbc.sql(
                "select seq, agent_id, run_id, session_id from memory_events where tenant_id = :tenant"
                    + " and user_id = :user and "
                    + where
                    + " order by seq limit :limit")
            .param("tenant", scope.tenant())
            .param("user", scope.user())
            .param("limit", Forgetting.EVENTS_MAX + 1);
    statement =
        switch (what) {
          case Selection.Events(var seqs) -> statement.param("value", seqs.toArray(Long[]::new));
          case Selection.Session(String session) -> statement.param("value", session);
          case Selection.Between(var from, var to) ->
              statement.param("value", Timestamp.from(from)).param("end", Timestamp.from(to));
          case Selection.From(var role) -> statement.param("value", role.text());
          case Selection.About(String subject) ->
              statement.param("value", facts.subjectHash(scope, subject));
        };
    return statement
        .query((row, index) ->
            new Placed(
                row.getLong(1),
                new MemoryScope(scope.tenant(), scope.user(), row.getString(2), row.getString(3)),
                row.getString(4)))
        .list();
  }

  /// Everything of a user. Only removals stay, which hold numbers.
  Gone eraseUser(MemoryScope all) {
    Head head = transactions.lockHead(all.tenant());
    List<Long> seqs =
        jdbc.sql("select seq from memory_events where tenant_id = ? and user_id = ? order by seq")
            .params(all.tenant(), all.user())
            .query(Long.class)
            .list();
    Map<String, Long> removed = new TreeMap<>();
    for (String table : TABLES) {
      long count =
          jdbc.sql("delete from " + table + " where tenant_id = ? and user_id = ?")
              .params(all.tenant(), all.user())
              .update();
      removed.put(table.substring("memory_".length()), count);
    }
    return new Gone(
        seqs, Set.of(), List.of(), removed, seqs.isEmpty() ? 0 : announce(all, head, seqs));
  }

  /// What each table still has of it.
  Map<String, Long> remaining(MemoryScope scope, Gone gone) {
    Map<String, Long> remaining = new TreeMap<>();
    remaining.put("events", left("memory_events", "seq", scope, gone.events()));
    remaining.put(
        "evidence",
        left("memory_evidence", "event_seq", scope, gone.events())
            + left("memory_evidence", "claim_id", scope, gone.claims()));
    remaining.put("claims", left("memory_claims", "id", scope, gone.claims()));
    remaining.put("facts", left("memory_facts", "claim_id", scope, gone.claims()));
    remaining.put("episodes", episodes.empty(scope, gone.sessions()));
    remaining.put("summaries", summaries.remaining(scope, gone.events()));
    remaining.put("fingerprints", covers.remaining(scope, gone.events()));
    remaining.put("asides", left("memory_asides", "event_seq", scope, gone.events()));
    remaining.put(
        "pins",
        left("memory_pins", "kind = 'event' and number", scope, gone.events())
            + left("memory_pins", "kind = 'claim' and number", scope, gone.claims()));
    return remaining;
  }

  Map<String, Long> remainingOfUser(MemoryScope all) {
    Map<String, Long> remaining = new TreeMap<>();
    for (String table : TABLES) {
      if (table.equals(ACCESSES)) {
        continue; // numbers only, and this very erasure is one of them
      }
      remaining.put(
          table.substring("memory_".length()),
          jdbc.sql("select count(*) from " + table + " where tenant_id = ? and user_id = ?")
              .params(all.tenant(), all.user())
              .query(Long.class)
              .single());
    }
    return remaining;
  }

  private long left(String table, String column, MemoryScope scope, List<Long> ids) {
    return jdbc.sql(
            "select count(*) from " + table + " where tenant_id = ? and " + column + " = any(?)")
        .params(scope.tenant(), ids.toArray(Long[]::new))
        .query(Long.class)
        .single();
  }
}
