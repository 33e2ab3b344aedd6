package engram.memory.version;

import engram.db.UuidV7;
import engram.memory.Event;
import engram.memory.Fact;
import engram.memory.MemoryScope;
import engram.memory.Versions;
import engram.memory.fact.FactStates;
import engram.memory.fact.StoredFacts;
import engram.memory.level.SummaryRows;
import engram.memory.log.EventRows;
import engram.memory.scope.MemoryTransactions;
import engram.memory.scope.MemoryTransactions.Head;
import engram.retrieval.NotFoundException;
import engram.retrieval.RefusedException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;

/// [Versions] on PostgreSQL.
///
/// A state is where the log stood and when: events by their numbers and the times at which they
/// were aside, facts by what was known. So a snapshot is a row, and a rollback writes what is
/// different and nothing else.
public final class StoredVersions implements Versions {
  private final MemoryTransactions transactions;
  private final JdbcClient jdbc;
  private final EventRows events;
  private final StoredFacts facts;
  private final Asides asides;

  public StoredVersions(
      MemoryTransactions transactions,
      JdbcClient jdbc,
      EventRows events,
      SummaryRows summaries,
      StoredFacts facts) {
    this.transactions = transactions;
    this.jdbc = jdbc;
    this.events = events;
    this.facts = facts;
    this.asides = new Asides(transactions, jdbc, summaries);
  }

  @Override
  public Snapshot take(MemoryScope scope, String name, String actor) {
    requireUser(scope);
    if (name.isBlank() || name.length() > 200) {
      throw new IllegalArgumentException("name must have 1 to 200 characters, not all blank");
    }
    return transactions.write(
        scope, () -> insert(scope, name, actor, transactions.lockHead(scope.tenant())));
  }

  /// With the head held nobody writes at this moment.
  private Snapshot insert(MemoryScope scope, String name, String actor, Head head) {
    long there =
        jdbc.sql("select count(*) from memory_snapshots where tenant_id = ? and user_id = ?")
            .params(scope.tenant(), scope.user())
            .query(Long.class)
            .single();
    if (there >= SNAPSHOTS_MAX) {
      throw new RefusedException(
          RefusedException.Reason.CONFLICT,
          "too_many_snapshots",
          "There are %d snapshots, the most that there may be. Drop some first."
              .formatted(SNAPSHOTS_MAX));
    }
    return jdbc.sql(
            """
            insert into memory_snapshots (id, tenant_id, user_id, agent_id, run_id, name, seq,
              known_at, created_by) values (?, ?, ?, ?, ?, ?, ?, ?, ?) returning *
            """)
        .params(
            UuidV7.next(),
            scope.tenant(),
            scope.user(),
            scope.agent(),
            scope.run(),
            name,
            head.seq(),
            Timestamp.from(head.now()),
            actor)
        .query(StoredVersions::snapshot)
        .single();
  }

  private static Snapshot snapshot(ResultSet row, int index) throws SQLException {
    return new Snapshot(
        row.getObject("id", UUID.class),
        new MemoryScope(
            row.getObject("tenant_id", UUID.class),
            row.getString("user_id"),
            row.getString("agent_id"),
            row.getString("run_id")),
        row.getString("name"),
        row.getLong("seq"),
        row.getTimestamp("known_at").toInstant(),
        row.getString("created_by"));
  }

  @Override
  public List<Snapshot> list(UUID tenant, String user) {
    return transactions.read(
        MemoryScope.allOf(tenant, user),
        () ->
            jdbc.sql(
                    """
                    select * from memory_snapshots where tenant_id = ? and user_id = ?
                    order by known_at desc, id desc
                    """)
                .params(tenant, user)
                .query(StoredVersions::snapshot)
                .list());
  }

  @Override
  public Snapshot find(UUID tenant, String user, UUID id) {
    return transactions.read(
        MemoryScope.allOf(tenant, user),
        () ->
            jdbc.sql(
                    "select * from memory_snapshots where tenant_id = ? and user_id = ? and id = ?")
                .params(tenant, user, id)
                .query(StoredVersions::snapshot)
                .optional()
                .orElseThrow(() -> new NotFoundException("snapshot", id.toString())));
  }

  @Override
  public boolean drop(UUID tenant, String user, UUID id) {
    return transactions.write(
        MemoryScope.allOf(tenant, user),
        () ->
            jdbc.sql("delete from memory_snapshots where tenant_id = ? and user_id = ? and id = ?")
                    .params(tenant, user, id)
                    .update()
                == 1);
  }

  @Override
  public Difference since(Snapshot snapshot) {
    MemoryScope scope = snapshot.scope();
    return transactions.read(
        scope,
        () -> {
          Head head = transactions.head(scope.tenant());
          return difference(scope, snapshot.seq(), snapshot.knownAt(), head.seq(), head.now());
        });
  }

  @Override
  public Difference between(Snapshot from, Snapshot to) {
    if (!from.scope().equals(to.scope())) {
      throw new IllegalArgumentException("the snapshots are of different scopes");
    }
    return transactions.read(
        from.scope(),
        () -> difference(from.scope(), from.seq(), from.knownAt(), to.seq(), to.knownAt()));
  }

  private Difference difference(
      MemoryScope scope, long seqBefore, Instant knownBefore, long seqAfter, Instant knownAfter) {
    List<Long> added = onlyIn(scope, seqAfter, seqBefore);
    List<Long> gone = onlyIn(scope, seqBefore, seqAfter);
    List<Fact> before = facts.known(scope, knownBefore);
    List<Fact> after = facts.known(scope, knownAfter);
    return new Difference(
        added.size(),
        gone.size(),
        read(scope, added),
        read(scope, gone),
        without(after, before),
        without(before, after));
  }

  /// Numbers of events that are in one state and not in another.
  private List<Long> onlyIn(MemoryScope scope, long there, long notThere) {
    String was = EventRows.WAS_THERE;
    return jdbc.sql(
            "select seq from memory_events e where tenant_id = :tenant and user_id = :user"
                + " and seq <= :there and "
                + was.replace("?", ":there")
                + " and not (seq <= :other and "
                + was.replace("?", ":other")
                + ") order by seq")
        .param("tenant", scope.tenant())
        .param("user", scope.user())
        .param("there", there)
        .param("other", notThere)
        .query(Long.class)
        .list();
  }

  private List<Event> read(MemoryScope scope, List<Long> seqs) {
    return events.everOf(
        scope.tenant(), seqs.stream().limit(LISTED_MAX).mapToLong(Long::longValue).toArray());
  }

  /// What a fact says, whichever claim it follows from and whenever that was known.
  private record Content(
      MemoryScope place, String subject, String predicate, String object, String from, String to) {
    static Content of(Fact fact) {
      return new Content(
          fact.place(),
          fact.subject(),
          fact.predicate(),
          fact.object(),
          String.valueOf(fact.validFrom()),
          String.valueOf(fact.validTo()));
    }
  }

  private static List<Fact> without(List<Fact> these, List<Fact> those) {
    Set<Content> others = new HashSet<>();
    those.forEach(fact -> others.add(Content.of(fact)));
    return these.stream()
        .filter(fact -> !others.contains(Content.of(fact)))
        .limit(LISTED_MAX)
        .toList();
  }

  @Override
  public Rollback rollback(Snapshot snapshot, String actor) {
    MemoryScope scope = snapshot.scope();
    return transactions.write(
        scope,
        () -> {
          Head head = transactions.lockHead(scope.tenant());
          String name = "before rollback to " + snapshot.name();
          Snapshot undo =
              insert(scope, name.substring(0, Math.min(200, name.length())), actor, head);
          List<Long> since = asides.since(scope, snapshot.seq());
          List<Long> missing = asides.missing(scope, snapshot.seq());
          long seq = asides.set(scope, head, head.seq(), since);
          seq = asides.bringBack(scope, head, seq, missing);
          long ended = 0;
          long reinstated = 0;
          // After the moment that the undo's snapshot names, which otherwise had both states.
          Instant now = transactions.lockHead(scope.tenant()).now();
          for (MemoryScope place : places(scope)) {
            FactStates.Returned returned =
                facts.states().returnTo(place, snapshot.knownAt(), seq, now);
            ended += returned.ended();
            reinstated += returned.reinstated();
            seq = returned.seq();
          }
          transactions.advance(scope.tenant(), seq);
          return new Rollback(undo, since.size(), missing.size(), ended, reinstated);
        });
  }

  private Set<MemoryScope> places(MemoryScope scope) {
    Set<MemoryScope> places = new LinkedHashSet<>();
    jdbc.sql(
            """
            select distinct agent_id, run_id from memory_claims
            where tenant_id = ? and user_id = ? order by 1, 2
            """)
        .params(scope.tenant(), scope.user())
        .query(row -> {
          places.add(
              new MemoryScope(scope.tenant(), scope.user(), row.getString(1), row.getString(2)));
        });
    return places;
  }

  private static void requireUser(MemoryScope scope) {
    if (scope.user().equals(MemoryScope.ANY)) {
      throw new IllegalArgumentException("a snapshot is of one user, not of '*'");
    }
  }
}
