package engram.memory.extract;

import engram.db.Transactions;
import engram.memory.Event;
import engram.memory.Evidence;
import engram.memory.FactDraft;
import engram.memory.FactExtractor;
import engram.memory.FactLearning;
import engram.memory.Facts;
import engram.memory.MemoryScope;
import engram.memory.Role;
import engram.memory.fact.StoredFacts;
import engram.memory.log.EventRows;
import engram.memory.scope.MemoryTransactions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;

/// [FactLearning] with one extractor. Claims are found outside of any transaction, for a model may
/// stand behind the extractor; then they and the place up to which was read are written together.
public final class LogLearner implements FactLearning {
  private static final Logger LOG = LoggerFactory.getLogger(LogLearner.class);
  private static final int EVENTS = 200;

  private final Transactions plain;
  private final MemoryTransactions transactions;
  private final JdbcClient jdbc;
  private final EventRows events;
  private final StoredFacts facts;
  private final FactExtractor extractor;

  public LogLearner(
      Transactions plain,
      MemoryTransactions transactions,
      JdbcClient jdbc,
      EventRows events,
      StoredFacts facts,
      FactExtractor extractor) {
    this.plain = plain;
    this.transactions = transactions;
    this.jdbc = jdbc;
    this.events = events;
    this.facts = facts;
    this.extractor = extractor;
  }

  /// A tenant whose log goes on after what was read of it.
  private record Behind(UUID tenant, long seq, long head) {}

  @Override
  public boolean learnNext() {
    Optional<Behind> found = plain.readInSystem(this::behind);
    if (found.isEmpty()) {
      return false;
    }
    Behind behind = found.get();
    MemoryScope whole = MemoryScope.whole(behind.tenant());
    long upTo = transactions.read(whole, () -> upTo(behind));
    List<Event> read =
        transactions.read(whole, () -> events.between(behind.tenant(), behind.seq(), upTo));
    Map<MemoryScope, List<FactDraft>> claims = claims(read);
    transactions.write(whole, () -> write(behind, upTo, claims));
    return true;
  }

  private Optional<Behind> behind() {
    return jdbc.sql(
            """
            select h.tenant_id, coalesce(l.seq, 0), h.seq from memory_heads h
            left join memory_learning l on l.tenant_id = h.tenant_id and l.extractor = ?
            where h.seq > coalesce(l.seq, 0) order by random() limit 1
            """)
        .param(extractor.name())
        .query((row, index) ->
            new Behind(row.getObject(1, UUID.class), row.getLong(2), row.getLong(3)))
        .optional();
  }

  /// The number of the last of the next events; the head where there are fewer.
  private long upTo(Behind behind) {
    return jdbc.sql(
            """
            select seq from memory_events where tenant_id = ? and seq > ? and seq <= ?
            order by seq offset ? limit 1
            """)
        .params(behind.tenant(), behind.seq(), behind.head(), EVENTS - 1)
        .query(Long.class)
        .optional()
        .orElse(behind.head());
  }

  private Map<MemoryScope, List<FactDraft>> claims(List<Event> read) {
    Map<MemoryScope, List<FactDraft>> claims = new LinkedHashMap<>();
    for (Event event : read) {
      if (event.role() == Role.RECALLED) {
        continue;
      }
      for (FactDraft draft : extractor.extract(event)) {
        if (quotes(draft, event)) {
          claims.computeIfAbsent(event.place(), place -> new ArrayList<>()).add(draft);
        } else {
          LOG.debug("A claim of {} quotes nothing of event {}", extractor.name(), event.seq());
        }
      }
    }
    return claims;
  }

  /// A model may claim what nobody said; what it quotes must at least be there.
  private static boolean quotes(FactDraft draft, Event event) {
    return !draft.evidence().isEmpty()
        && draft.evidence().stream().allMatch(piece -> isIn(piece, event));
  }

  private static boolean isIn(Evidence piece, Event event) {
    return piece.event() == event.seq() && piece.span().end() <= event.text().length();
  }

  private boolean write(Behind behind, long upTo, Map<MemoryScope, List<FactDraft>> claims) {
    transactions.lockHead(behind.tenant());
    if (!isStillAt(behind)) {
      return false; // another server read it meanwhile
    }
    claims.forEach((place, drafts) -> {
      // A log that is read anew holds what was retracted since, which stays retracted.
      List<FactDraft> fresh = facts.unheard(place, withEvidence(place, drafts));
      for (int from = 0; from < fresh.size(); from += Facts.BATCH_MAX) {
        facts.add(place, fresh.subList(from, Math.min(fresh.size(), from + Facts.BATCH_MAX)));
      }
    });
    jdbc.sql(
            """
            insert into memory_learning (tenant_id, extractor, seq) values (?, ?, ?)
            on conflict (tenant_id) do update
              set extractor = excluded.extractor, seq = excluded.seq
            """)
        .params(behind.tenant(), extractor.name(), upTo)
        .update();
    return true;
  }

  private boolean isStillAt(Behind behind) {
    return jdbc.sql(
                """
                select coalesce(max(seq), 0) from memory_learning
                where tenant_id = ? and extractor = ?
                """)
            .params(behind.tenant(), extractor.name())
            .query(Long.class)
            .single()
        == behind.seq();
  }

  /// What was erased since it was read is no evidence any more.
  private List<FactDraft> withEvidence(MemoryScope place, List<FactDraft> drafts) {
    long[] seqs =
        drafts.stream()
            .mapToLong(draft -> draft.evidence().getFirst().event())
            .distinct()
            .toArray();
    List<Long> there =
        transactions.read(place, () -> events.of(place.tenant(), seqs)).stream()
            .map(Event::seq)
            .toList();
    return drafts.stream()
        .filter(draft -> there.contains(draft.evidence().getFirst().event()))
        .toList();
  }
}
