package engram.memory.consolidate;

import engram.db.Job;
import engram.db.JobClaims;
import engram.db.JobLedger;
import engram.memory.Consolidation;
import engram.memory.Event;
import engram.memory.MemoryScope;
import engram.memory.Role;
import engram.memory.log.EventRows;
import engram.memory.scope.MemoryTransactions;
import engram.memory.vault.SubjectCipher;
import engram.memory.vault.SubjectCiphers;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.springframework.jdbc.core.simple.JdbcClient;

/// [Consolidation] on the database. How far a user's log was looked through is the greatest number
/// that has a fingerprint, written together with what was found: a killed worker's successor goes
/// on there and does nothing twice. What a rollback brought back lies behind that and is looked at
/// again.
public final class StoredConsolidation implements Consolidation {
  private static final Duration LEASE = Duration.ofMinutes(2);
  private static final int EVENTS = 200;

  /// Compared with one event at most. A text that more than so many resemble is boilerplate.
  private static final int CANDIDATES_MAX = 2_000;

  private final JobLedger ledger;
  private final JobClaims claims;
  private final MemoryTransactions transactions;
  private final JdbcClient jdbc;
  private final EventRows events;
  private final SubjectCiphers ciphers;

  public StoredConsolidation(
      JobLedger ledger,
      JobClaims claims,
      MemoryTransactions transactions,
      JdbcClient jdbc,
      EventRows events,
      SubjectCiphers ciphers) {
    this.ledger = ledger;
    this.claims = claims;
    this.transactions = transactions;
    this.jdbc = jdbc;
    this.events = events;
    this.ciphers = ciphers;
  }

  @Override
  public UUID enqueue(UUID tenant, String user) {
    if (user.equals(MemoryScope.ANY)) {
      throw new IllegalArgumentException("one user is consolidated at a time, not '*'");
    }
    // Subjects of jobs are never empty; what all share has the empty user.
    return transactions.write(
        MemoryScope.of(tenant, user),
        () -> ledger.enqueue(KIND, "user:" + user, Map.of("user", user), 0));
  }

  @Override
  public boolean runNext(String owner, BooleanSupplier stop) {
    Optional<Job.Claim> claimed = claims.claim(Set.of(KIND), owner, LEASE);
    if (claimed.isEmpty()) {
      return false;
    }
    Job.Claim claim = claimed.get();
    UUID tenant = Objects.requireNonNull(claim.tenant());
    MemoryScope scope = MemoryScope.allOf(tenant, claim.params().path("user").asString(""));
    try {
      long looked = 0;
      int step;
      do {
        if (stop.getAsBoolean() || !claims.heartbeat(claim, LEASE)) {
          return true; // the lease ends, and another worker goes on
        }
        step = look(scope);
        looked += step;
        claims.progress(claim, Map.of("events", looked));
      } while (step > 0);
      claims.succeed(claim);
    } catch (RuntimeException failure) {
      claims.failRetry(claim, "consolidation_failed", String.valueOf(failure.getMessage()));
      throw failure;
    }
    return true;
  }

  /// A fingerprint to be written.
  private record Print(Event event, Saying saying, ByteBuffer exact, List<Long> bands) {}

  /// Looks at the next events of a user.
  ///
  /// @return how many
  private int look(MemoryScope scope) {
    List<Event> next = transactions.read(scope, () -> next(scope));
    Optional<SubjectCipher> cipher = ciphers.find(scope);
    if (next.isEmpty() || cipher.isEmpty()) {
      return 0;
    }
    MinHash hash = new MinHash(ByteBuffer.wrap(cipher.get().digest("minhash", "key")).getLong());
    List<Print> prints = next.stream().map(event -> print(event, cipher.get(), hash)).toList();
    return transactions.write(
        scope,
        () -> {
          transactions.lockHead(scope.tenant());
          List<Long> seqs = next.stream().map(Event::seq).toList();
          if (!areNew(scope, seqs)) {
            return next.size(); // another worker was faster; look where it ended
          }
          insert(scope, prints);
          cover(scope, prints);
          return next.size();
        });
  }

  private List<Event> next(MemoryScope scope) {
    Long[] seqs =
        jdbc.sql(
                """
                (select seq from memory_events
                where tenant_id = :tenant and user_id = :user and set_aside is null
                  and seq > (select coalesce(max(seq), 0) from memory_fingerprints
                    where tenant_id = :tenant and user_id = :user)
                order by seq limit :limit)
                union
                (select e.seq from memory_events e
                where e.tenant_id = :tenant and e.user_id = :user and e.set_aside is null
                  and e.seq in (select unnest(event_seqs) from memory_removals
                    where tenant_id = :tenant and user_id = :user and restored)
                  and not exists (select from memory_fingerprints f
                    where f.tenant_id = e.tenant_id and f.seq = e.seq)
                order by e.seq limit :limit)
                order by 1 limit :limit
                """)
            .param("tenant", scope.tenant())
            .param("user", scope.user())
            .param("limit", EVENTS)
            .query(Long.class)
            .list()
            .toArray(Long[]::new);
    long[] plain = new long[seqs.length];
    for (int at = 0; at < seqs.length; at++) {
      plain[at] = seqs[at];
    }
    return events.of(scope.tenant(), plain);
  }

  private static Print print(Event event, SubjectCipher cipher, MinHash hash) {
    Saying saying = Saying.of(event);
    byte[] exact = cipher.digest("saying", saying.words().toArray(String[]::new));
    boolean counts = saying.isComparable() && event.role() != Role.RECALLED;
    return new Print(
        event, saying, ByteBuffer.wrap(exact), counts ? hash.bands(saying.words()) : List.of());
  }

  private boolean areNew(MemoryScope scope, List<Long> seqs) {
    return jdbc.sql(
            """
            select not exists (select 1 from memory_fingerprints
              where tenant_id = ? and seq = any(?))
            """)
        .params(scope.tenant(), seqs.toArray(Long[]::new))
        .query(Boolean.class)
        .single();
  }

  /// What was erased since it was read gets none.
  private void insert(MemoryScope scope, List<Print> prints) {
    for (Print print : prints) {
      jdbc.sql(
              """
              insert into memory_fingerprints (tenant_id, seq, user_id, agent_id, run_id, exact, bands)
              select tenant_id, seq, user_id, agent_id, run_id, ?, ? from memory_events
              where tenant_id = ? and seq = ?
              """)
          .params(
              print.exact().array(),
              print.bands().toArray(Long[]::new),
              scope.tenant(),
              print.event().seq())
          .update();
    }
  }

  /// Compares each new event with those before it that share a band, and with the other new ones:
  /// both directions, for either may say more.
  private void cover(MemoryScope scope, List<Print> prints) {
    Map<Long, Saying> known = new HashMap<>();
    for (Print print : prints) {
      known.put(print.event().seq(), print.saying());
    }
    for (Print print : prints) {
      if (!print.bands().isEmpty()) {
        List<Long> like = like(print);
        read(scope, like, known);
        for (long seq : like) {
          Saying other = known.get(seq);
          if (other != null && isCoveredNow(scope, print, seq, other)) {
            break; // what it covered before is passed on
          }
        }
      }
    }
  }

  private List<Long> like(Print print) {
    MemoryScope place = print.event().place();
    return jdbc.sql(
            """
            select seq from memory_fingerprints
            where tenant_id = ? and user_id = ? and agent_id = ? and run_id = ? and seq < ?
              and bands && ? and covered_by is null order by seq desc limit ?
            """)
        .params(
            place.tenant(),
            place.user(),
            place.agent(),
            place.run(),
            print.event().seq(),
            print.bands().toArray(Long[]::new),
            CANDIDATES_MAX)
        .query(Long.class)
        .list();
  }

  private void read(MemoryScope scope, List<Long> seqs, Map<Long, Saying> known) {
    List<Long> unknown = new ArrayList<>(seqs);
    unknown.removeAll(known.keySet());
    if (!unknown.isEmpty()) {
      long[] wanted = unknown.stream().mapToLong(Long::longValue).toArray();
      for (Event event : events.of(scope.tenant(), wanted)) {
        known.put(event.seq(), Saying.of(event));
      }
    }
  }

  /// Of equals the later stands for both.
  ///
  /// @return whether the new one needs not be shown beside the one before
  private boolean isCoveredNow(MemoryScope scope, Print print, long before, Saying other) {
    if (print.saying().covers(other)) {
      put(scope, before, print.event().seq(), print.saying().isSameAs(other));
      return false;
    }
    boolean covered = other.covers(print.saying());
    if (covered) {
      put(scope, print.event().seq(), before, false);
    }
    return covered;
  }

  /// What the covered one covered is covered too, for covering is passed on. What is said again is
  /// rehearsed: its summaries last longer.
  private void put(MemoryScope scope, long covered, long by, boolean same) {
    jdbc.sql(
            """
            update memory_fingerprints set covered_by = ?,
              same = ? and (seq = ? or same)
            where tenant_id = ? and (seq = ? or covered_by = ?)
            """)
        .params(by, same, covered, scope.tenant(), covered, covered)
        .update();
    jdbc.sql(
            """
            update memory_summaries set recalls = recalls + 1
            where tenant_id = ? and level = 'episode' and sources && ?
            """)
        .params(scope.tenant(), new Long[] {covered, by})
        .update();
  }

  /// What the fingerprints say of a user, for reports: events looked at and events covered.
  public Map<String, Long> counts(MemoryScope scope) {
    Map<String, Long> counts = new LinkedHashMap<>();
    transactions.read(
        scope,
        () -> {
          jdbc.sql(
                  """
                  select count(*), count(covered_by) from memory_fingerprints
                  where tenant_id = ? and user_id = ?
                  """)
              .params(scope.tenant(), scope.user())
              .query(row -> {
                counts.put("events", row.getLong(1));
                counts.put("covered", row.getLong(2));
              });
          return true;
        });
    return counts;
  }
}
