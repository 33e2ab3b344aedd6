package engram.memory.fact;

import engram.memory.Evidence;
import engram.memory.Fact;
import engram.memory.FactSource;
import engram.memory.Facts.Query;
import engram.memory.MemoryScope;
import engram.memory.fact.Timeline.Stretch;
import engram.memory.vault.SubjectCipher;
import engram.retrieval.Span;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/// The table of what follows from claims. Each call joins the caller's transaction.
final class FactRows {
  private static final int ROWS_MAX = 10_000;

  private static final String FACTS =
      """
      select f.claim_id, nullif(f.valid_from, '-infinity') as valid_from,
        nullif(f.valid_to, 'infinity') as valid_to, f.tx_from,
        nullif(f.tx_to, 'infinity') as tx_to, c.event_at, c.source, c.user_id, c.agent_id, c.run_id, c.tenant_id, c.body
      from memory_facts f join memory_claims c on c.tenant_id = f.tenant_id and c.id = f.claim_id
      where f.tenant_id = :tenant and f.user_id = :user\
      """;

  private final JdbcClient jdbc;

  FactRows(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /// Makes a slot's open rows those of a timeline: closes what is no longer so and adds what is
  /// new.
  void replace(MemoryScope place, byte[] slot, List<Stretch> timeline, Instant now) {
    Set<Stretch> wanted = new HashSet<>(timeline);
    List<Stretch> stale = new ArrayList<>();
    for (Stretch open : open(place, slot)) {
      if (!wanted.remove(open)) {
        stale.add(open);
      }
    }
    for (Stretch stretch : stale) {
      close(place, slot, stretch, now);
    }
    for (Stretch stretch : timeline) {
      if (wanted.contains(stretch)) {
        insert(place, slot, stretch, now);
      }
    }
  }

  private List<Stretch> open(MemoryScope place, byte[] slot) {
    return jdbc.sql(
            """
            select claim_id, nullif(valid_from, '-infinity'), nullif(valid_to, 'infinity')
            from memory_facts where tenant_id = ? and user_id = ? and agent_id = ? and run_id = ? and slot = ?
              and tx_to = 'infinity'
            """)
        .params(place.tenant(), place.user(), place.agent(), place.run(), slot)
        .query((row, index) ->
            new Stretch(row.getLong(1), from(row.getTimestamp(2)), to(row.getTimestamp(3))))
        .list();
  }

  private void close(MemoryScope place, byte[] slot, Stretch stretch, Instant now) {
    jdbc.sql(
            """
            update memory_facts set tx_to = ?
            where tenant_id = ? and user_id = ? and agent_id = ? and run_id = ? and slot = ?
              and claim_id = ? and valid_from = ?::timestamptz and tx_to = 'infinity'
            """)
        .params(
            Timestamp.from(now),
            place.tenant(),
            place.user(),
            place.agent(),
            place.run(),
            slot,
            stretch.claim(),
            text(stretch.from()))
        .update();
  }

  private void insert(MemoryScope place, byte[] slot, Stretch stretch, Instant now) {
    jdbc.sql(
            """
            insert into memory_facts (tenant_id, user_id, agent_id, run_id, slot, claim_id,
              valid_from, valid_to, tx_from, tx_to)
            values (?, ?, ?, ?, ?, ?, ?::timestamptz, ?::timestamptz, ?, 'infinity')
            """)
        .params(
            place.tenant(),
            place.user(),
            place.agent(),
            place.run(),
            slot,
            stretch.claim(),
            text(stretch.from()),
            text(stretch.to()),
            Timestamp.from(now))
        .update();
  }

  private static String text(Instant time) {
    if (time.equals(Timeline.BEGINNING)) {
      return "-infinity";
    }
    return time.equals(Timeline.END) ? "infinity" : time.toString();
  }

  private static Instant from(@Nullable Timestamp time) {
    return time == null ? Timeline.BEGINNING : time.toInstant();
  }

  private static Instant to(@Nullable Timestamp time) {
    return time == null ? Timeline.END : time.toInstant();
  }

  /// @param known null for what is known now
  List<Fact> asOf(
      MemoryScope scope,
      SubjectCipher cipher,
      Query query,
      Instant valid,
      @Nullable Instant known) {
    String when = " and f.valid_from <= :valid and f.valid_to > :valid";
    when +=
        known == null
            ? " and f.tx_to = 'infinity'"
            : " and f.tx_from <= :known and f.tx_to > :known";
    return facts(scope, cipher, query, when, valid, known);
  }

  /// What holds now in the slots of claims that events were evidence of.
  List<Fact> concerning(MemoryScope scope, SubjectCipher cipher, Long[] events, Instant now) {
    List<Fact> facts =
        jdbc.sql(
                FACTS
                    + """
                       and f.tx_to = 'infinity' and f.valid_from <= :now and f.valid_to > :now
                      and (f.claim_id in (select number from memory_pins
                          where tenant_id = :tenant and kind = 'claim')
                        or f.slot in (
                        select e.slot from memory_evidence p join memory_claims e
                          on e.tenant_id = p.tenant_id and e.id = p.claim_id
                        where p.tenant_id = :tenant and p.event_seq = any(:events)))
                    order by f.claim_id, f.valid_from limit :limit
                    """)
            .param("tenant", scope.tenant())
            .param("user", scope.user())
            .param("now", Timestamp.from(now))
            .param("events", events)
            .param("limit", ROWS_MAX)
            .query((row, index) -> fact(row, cipher))
            .list();
    return withEvidence(scope, facts);
  }

  /// All that ever followed in the slot of a claim, by when it was known.
  List<Fact> story(MemoryScope scope, SubjectCipher cipher, long claim) {
    List<Fact> facts =
        jdbc.sql(
                FACTS
                    + """
                       and f.slot = (
                        select slot from memory_claims where tenant_id = :tenant and id = :claim)
                    order by f.tx_from, f.valid_from limit :limit
                    """)
            .param("tenant", scope.tenant())
            .param("user", scope.user())
            .param("claim", claim)
            .param("limit", ROWS_MAX)
            .query((row, index) -> fact(row, cipher))
            .list();
    return withEvidence(scope, facts);
  }

  /// Everything that was known at a time, whenever it holds.
  List<Fact> known(MemoryScope scope, SubjectCipher cipher, Instant known) {
    return facts(
        scope, cipher, Query.all(), " and f.tx_from <= :known and f.tx_to > :known", null, known);
  }

  List<Fact> history(MemoryScope scope, SubjectCipher cipher, Query query) {
    return facts(scope, cipher, query, "", null, null);
  }

  private List<Fact> facts(
      MemoryScope scope,
      SubjectCipher cipher,
      Query query,
      String when,
      @Nullable Instant valid,
      @Nullable Instant known) {
    FactHashes hashes = new FactHashes(cipher);
    StringBuilder sql = new StringBuilder(FACTS).append(when);
    if (query.subject() != null) {
      sql.append(" and c.subject_hash = :subject");
    }
    if (query.predicate() != null) {
      sql.append(" and c.predicate_hash = :predicate");
    }
    sql.append(" order by f.tx_from, f.claim_id, f.valid_from limit ").append(ROWS_MAX + 1);
    JdbcClient.StatementSpec statement =
        jdbc.sql(sql.toString()).param("tenant", scope.tenant()).param("user", scope.user());
    if (query.subject() != null) {
      statement = statement.param("subject", hashes.subject(query.subject()));
    }
    if (query.predicate() != null) {
      statement = statement.param("predicate", hashes.predicate(query.predicate()));
    }
    if (valid != null) {
      statement = statement.param("valid", Timestamp.from(valid));
    }
    if (known != null) {
      statement = statement.param("known", Timestamp.from(known));
    }
    List<Fact> facts = statement.query((row, index) -> fact(row, cipher)).list();
    if (facts.size() > ROWS_MAX) {
      throw new IllegalArgumentException(
          "more than %d facts: name a subject or a predicate".formatted(ROWS_MAX));
    }
    return withEvidence(scope, facts);
  }

  private static Fact fact(ResultSet row, SubjectCipher cipher) throws SQLException {
    MemoryScope place =
        new MemoryScope(
            row.getObject("tenant_id", UUID.class),
            row.getString("user_id"),
            row.getString("agent_id"),
            row.getString("run_id"));
    long claim = row.getLong("claim_id");
    ClaimRows.Body body = ClaimRows.body(cipher, place, claim, row.getBytes("body"));
    return new Fact(
        claim,
        place,
        body.subject(),
        body.predicate(),
        body.object(),
        body.single(),
        ClaimRows.instant(row, "valid_from"),
        ClaimRows.instant(row, "valid_to"),
        row.getTimestamp("tx_from").toInstant(),
        ClaimRows.instant(row, "tx_to"),
        row.getTimestamp("event_at").toInstant(),
        FactSource.of(row.getString("source")),
        List.of());
  }

  /// The claims of the scope that cover a time by themselves, of those that had not ended at a
  /// time.
  List<Fact> covering(
      MemoryScope scope, SubjectCipher cipher, Query query, Instant valid, Instant known) {
    FactHashes hashes = new FactHashes(cipher);
    List<Fact> claims =
        jdbc.sql(
                """
                select id as claim_id, coalesce(valid_from, event_at) as valid_from,
                  valid_to, tx_from, null::timestamptz as tx_to, event_at, source, user_id, agent_id, run_id,
                  tenant_id, body
                from memory_claims
                where tenant_id = ? and user_id = ? and tx_from <= ?
                  and coalesce(ended_at, 'infinity') > ?
                  and coalesce(valid_from, event_at) <= ? and coalesce(valid_to, 'infinity') > ?
                  and (?::bytea is null or subject_hash = ?)
                  and (?::bytea is null or predicate_hash = ?)
                order by id limit ?
                """)
            .params(
                java.util.Arrays.asList(
                    scope.tenant(),
                    scope.user(),
                    Timestamp.from(known),
                    Timestamp.from(known),
                    Timestamp.from(valid),
                    Timestamp.from(valid),
                    query.subject() == null ? null : hashes.subject(query.subject()),
                    query.subject() == null ? null : hashes.subject(query.subject()),
                    query.predicate() == null ? null : hashes.predicate(query.predicate()),
                    query.predicate() == null ? null : hashes.predicate(query.predicate()),
                    ROWS_MAX))
            .query((row, index) -> fact(row, cipher))
            .list();
    return withEvidence(scope, claims);
  }

  private List<Fact> withEvidence(MemoryScope scope, List<Fact> facts) {
    if (facts.isEmpty()) {
      return facts;
    }
    Map<Long, List<Evidence>> evidence = new HashMap<>();
    jdbc.sql(
            """
            select claim_id, event_seq, span_start, span_end from memory_evidence
            where tenant_id = ? and claim_id = any(?) and removed_at is null
            order by claim_id, event_seq, span_start
            """)
        .params(scope.tenant(), facts.stream().map(Fact::claim).toArray(Long[]::new))
        .query(row -> {
          evidence
              .computeIfAbsent(row.getLong(1), claim -> new ArrayList<>())
              .add(new Evidence(row.getLong(2), new Span(row.getInt(3), row.getInt(4))));
        });
    return facts.stream()
        .map(fact ->
            new Fact(
                fact.claim(),
                fact.place(),
                fact.subject(),
                fact.predicate(),
                fact.object(),
                fact.single(),
                fact.validFrom(),
                fact.validTo(),
                fact.knownFrom(),
                fact.knownTo(),
                fact.eventAt(),
                fact.source(),
                evidence.getOrDefault(fact.claim(), List.of())))
        .toList();
  }
}
