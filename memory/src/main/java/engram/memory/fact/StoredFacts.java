package engram.memory.fact;

import engram.memory.Event;
import engram.memory.Evidence;
import engram.memory.Fact;
import engram.memory.FactDraft;
import engram.memory.FactSource;
import engram.memory.Facts;
import engram.memory.MemoryScope;
import engram.memory.log.EventRows;
import engram.memory.scope.MemoryTransactions;
import engram.memory.scope.MemoryTransactions.Head;
import engram.memory.vault.SubjectCipher;
import engram.memory.vault.SubjectCiphers;
import engram.retrieval.NotFoundException;
import engram.retrieval.RefusedException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/// [Facts] on PostgreSQL.
///
/// Every write holds its tenant's head row, adds or ends claims, and then works out anew what
/// follows for the slots that it touched. Nothing is patched, so what a claim had retired comes
/// back by the same rule that retired it.
public final class StoredFacts implements Facts {
  private static final HexFormat HEX = HexFormat.of();

  /// In the hash of a claim that corrects none.
  private static final String NONE = "null";

  private static final String SAID_BETWEEN =
      """
      from memory_claims
      where tenant_id = ? and user_id = ? and not evidenced and event_at >= ? and event_at < ?\
      """;

  private final MemoryTransactions transactions;
  private final JdbcClient jdbc;
  private final SubjectCiphers ciphers;
  private final EventRows events;
  private final ClaimRows claims;
  private final FactRows facts;
  private final Clock clock;

  /// @param clock says when *now* is, for what holds now; the times of transactions are the
  ///   database's
  public StoredFacts(
      MemoryTransactions transactions, JdbcClient jdbc, SubjectCiphers ciphers, Clock clock) {
    this.transactions = transactions;
    this.jdbc = jdbc;
    this.ciphers = ciphers;
    this.events = new EventRows(jdbc, ciphers);
    this.claims = new ClaimRows(jdbc);
    this.facts = new FactRows(jdbc);
    this.clock = clock;
  }

  @Override
  public List<Asserted> add(MemoryScope place, List<FactDraft> drafts) {
    if (drafts.isEmpty() || drafts.size() > BATCH_MAX) {
      throw new IllegalArgumentException(
          "%d claims at once, not 1 to %d".formatted(drafts.size(), BATCH_MAX));
    }
    place.requirePlace();
    return transactions.write(place, () -> add(place, drafts, null));
  }

  @Override
  public Asserted correct(MemoryScope place, long claim, FactDraft draft) {
    place.requirePlace();
    return transactions.write(place, () -> add(place, List.of(draft), claim).getFirst());
  }

  private record Written(long claim, boolean isNew) {}

  private List<Asserted> add(MemoryScope place, List<FactDraft> drafts, @Nullable Long corrects) {
    Head head = transactions.lockHead(place.tenant());
    SubjectCipher cipher = ciphers.of(place);
    Set<String> slots = new LinkedHashSet<>();
    if (corrects != null) {
      slots.add(HEX.formatHex(standingSlot(place, corrects)));
    }
    FactHashes hashes = new FactHashes(cipher);
    long id = head.seq();
    List<Written> written = new ArrayList<>();
    for (FactDraft draft : drafts) {
      String corrected = corrects == null ? NONE : corrects.toString();
      Optional<Long> equal = claims.equal(place, hashes.whole(draft, corrected));
      if (equal.isPresent()) {
        written.add(new Written(equal.get(), false));
        continue;
      }
      id++;
      claims.insert(place, id, draft, corrects, cipher, head.now());
      for (Evidence piece : draft.evidence()) {
        claims.insertEvidence(place, id, piece, hashes.quote(quote(place, draft, piece)));
      }
      slots.add(HEX.formatHex(hashes.slot(draft)));
      written.add(new Written(id, true));
    }
    transactions.advance(place.tenant(), id);
    for (String slot : slots) {
      derive(place, HEX.parseHex(slot), head.now());
    }
    Set<Long> holding = holding(place, written.stream().map(Written::claim).toList());
    return written.stream()
        .map(one -> new Asserted(one.claim(), one.isNew(), holding.contains(one.claim())))
        .toList();
  }

  /// Those of some drafts that no claim of the place ever said, whether it stands or has ended.
  public List<FactDraft> unheard(MemoryScope place, List<FactDraft> drafts) {
    return transactions.read(
        place,
        () -> {
          FactHashes hashes = new FactHashes(ciphers.of(place));
          return drafts.stream()
              .filter(draft -> !claims.isKnown(place, hashes.whole(draft, NONE)))
              .toList();
        });
  }

  Set<Long> holding(MemoryScope place, List<Long> ids) {
    return new HashSet<>(
        jdbc.sql(
                """
                select distinct claim_id from memory_facts
                where tenant_id = ? and claim_id = any(?) and tx_to = 'infinity'
                """)
            .params(place.tenant(), ids.toArray(Long[]::new))
            .query(Long.class)
            .list());
  }

  private byte[] standingSlot(MemoryScope place, long claim) {
    Optional<byte[]> slot = claims.slot(place, claim);
    if (slot.isEmpty() || !claims.stands(place, claim)) {
      throw new NotFoundException("standing claim", Long.toString(claim));
    }
    return slot.get();
  }

  String quote(MemoryScope place, FactDraft draft, Evidence piece) {
    Event event =
        events.of(place.tenant(), new long[] {piece.event()}).stream()
            .findFirst()
            .orElseThrow(() -> refused("event %d is not in this place".formatted(piece.event())));
    if (piece.span().end() > event.text().length()) {
      throw refused(
          "%s ends after event %d, which has %d characters"
              .formatted(piece.span(), event.seq(), event.text().length()));
    }
    boolean itsOwnWords =
        switch (event.role()) {
          case RECALLED -> false;
          case ASSISTANT -> draft.source() == FactSource.ASSISTANT;
          case TOOL -> draft.source().compareTo(FactSource.DOCUMENT) <= 0;
          case USER, SYSTEM -> true;
        };
    if (!itsOwnWords) {
      throw refused(
          "event %d is said by '%s' and is no evidence of source '%s'"
              .formatted(event.seq(), event.role().text(), draft.source().text()));
    }
    return event.text().substring(piece.span().start(), piece.span().end());
  }

  static RefusedException refused(String message) {
    return new RefusedException(
        RefusedException.Reason.INVALID, "evidence_invalid", "Evidence: " + message);
  }

  void derive(MemoryScope place, byte[] slot, Instant now) {
    facts.replace(place, slot, Timeline.of(claims.standing(place, slot)), now);
  }

  @Override
  public void retract(MemoryScope place, long claim, String reason) {
    place.requirePlace();
    if (reason.isBlank() || reason.length() > FactDraft.NAME_CHARS_MAX) {
      throw new IllegalArgumentException("reason must have 1 to 256 characters, not all blank");
    }
    transactions.write(
        place,
        () -> {
          Head head = transactions.lockHead(place.tenant());
          if (claims.slot(place, claim).isEmpty()) {
            throw new NotFoundException("standing claim", Long.toString(claim));
          }
          end(place, Set.of(claim), reason, head.now());
          return true;
        });
  }

  /// Takes events from under the claims that they are evidence of; a claim that has none left ends.
  /// The caller's transaction holds the tenant's head and one place.
  ///
  /// @return claims that ended
  public List<Long> removeEvidence(MemoryScope place, List<Long> eventSeqs, Instant now) {
    Long[] seqs = eventSeqs.toArray(Long[]::new);
    List<Long> touched =
        jdbc.sql(
                """
                update memory_evidence set removed_at = ?
                where tenant_id = ? and event_seq = any(?) and removed_at is null
                returning claim_id
                """)
            .params(Timestamp.from(now), place.tenant(), seqs)
            .query(Long.class)
            .list();
    List<Long> bare =
        jdbc.sql(
                """
                select id from memory_claims c
                where tenant_id = ? and id = any(?) and evidenced and ended_at is null
                  and not exists (select from memory_evidence e where e.tenant_id = c.tenant_id
                    and e.claim_id = c.id and e.removed_at is null)
                """)
            .params(place.tenant(), touched.toArray(Long[]::new))
            .query(Long.class)
            .list();
    end(place, Set.copyOf(bare), "evidence removed", now);
    return bare;
  }

  /// Ends every claim about a subject, in all places of a scope. The caller's transaction holds the
  /// tenant's head and the scope.
  ///
  /// @return all claims about it, also those that had ended before
  public List<Long> endAbout(MemoryScope scope, String subject, Instant now) {
    Map<MemoryScope, Set<Long>> found = new LinkedHashMap<>();
    jdbc.sql(
            """
            select id, agent_id, run_id from memory_claims
            where tenant_id = ? and user_id = ? and subject_hash = ? order by id
            """)
        .params(scope.tenant(), scope.user(), subjectHash(scope, subject))
        .query(row -> {
          MemoryScope place =
              new MemoryScope(scope.tenant(), scope.user(), row.getString(2), row.getString(3));
          found.computeIfAbsent(place, where -> new LinkedHashSet<>()).add(row.getLong(1));
        });
    List<Long> ended = new ArrayList<>();
    found.forEach((place, ids) -> {
      end(place, ids, "erased", now);
      ended.addAll(ids);
    });
    return ended;
  }

  /// Ends every claim without evidence that was said in `[from, to)`: what was said then goes, and
  /// this stands on nothing else. The caller's transaction holds the tenant's head and the scope.
  ///
  /// @return all such claims, also those that had ended before
  public List<Long> endSaidBetween(MemoryScope scope, Instant from, Instant to, Instant now) {
    Map<MemoryScope, Set<Long>> found = new LinkedHashMap<>();
    jdbc.sql("select id, agent_id, run_id " + SAID_BETWEEN + " order by id")
        .params(scope.tenant(), scope.user(), Timestamp.from(from), Timestamp.from(to))
        .query(row -> {
          MemoryScope place =
              new MemoryScope(scope.tenant(), scope.user(), row.getString(2), row.getString(3));
          found.computeIfAbsent(place, where -> new LinkedHashSet<>()).add(row.getLong(1));
        });
    List<Long> ended = new ArrayList<>();
    found.forEach((place, ids) -> {
      end(place, ids, "erased", now);
      ended.addAll(ids);
    });
    return ended;
  }

  public long countSaidBetween(MemoryScope scope, Instant from, Instant to) {
    return jdbc.sql("select count(*) " + SAID_BETWEEN)
        .params(scope.tenant(), scope.user(), Timestamp.from(from), Timestamp.from(to))
        .query(Long.class)
        .single();
  }

  /// The keyed hash under which claims about a subject are found.
  public byte[] subjectHash(MemoryScope scope, String subject) {
    // Who only looks makes no key; nothing has an empty hash.
    return ciphers
        .find(scope)
        .map(cipher -> new FactHashes(cipher).subject(subject))
        .orElse(new byte[0]);
  }

  private void end(MemoryScope place, Set<Long> ids, String reason, Instant now) {
    Set<String> slots = new LinkedHashSet<>();
    for (long id : ids) {
      claims.slot(place, id).ifPresent(slot -> slots.add(HEX.formatHex(slot)));
      correctedSlots(place, id, slots);
    }
    for (long id : ids) {
      claims.end(place, id, reason, now);
    }
    for (String slot : slots) {
      derive(place, HEX.parseHex(slot), now);
    }
  }

  /// What a claim corrected comes back when it ends, and what that one corrected goes, and so on.
  void correctedSlots(MemoryScope place, long id, Set<String> slots) {
    jdbc.sql(
            """
            with recursive chain (id, corrects) as (
              select id, corrects from memory_claims where tenant_id = :tenant and id = :id
              union
              select c.id, c.corrects from memory_claims c join chain on c.id = chain.corrects
              where c.tenant_id = :tenant)
            select distinct c.slot from memory_claims c join chain on c.id = chain.id
            where c.tenant_id = :tenant
            """)
        .param("tenant", place.tenant())
        .param("id", id)
        .query(byte[].class)
        .list()
        .forEach(slot -> slots.add(HEX.formatHex(slot)));
  }

  @Override
  public List<Fact> current(MemoryScope scope, Query query) {
    return withCipher(scope, cipher -> facts.asOf(scope, cipher, query, clock.instant(), null));
  }

  @Override
  public List<Fact> asOf(MemoryScope scope, Query query, Instant valid, Instant known) {
    return withCipher(scope, cipher -> facts.asOf(scope, cipher, query, valid, known));
  }

  @Override
  public List<Fact> concerning(MemoryScope scope, Collection<Long> events) {
    return withCipher(
        scope,
        cipher -> facts.concerning(scope, cipher, events.toArray(Long[]::new), clock.instant()));
  }

  @Override
  public List<Fact> known(MemoryScope scope, Instant known) {
    return withCipher(scope, cipher -> facts.known(scope, cipher, known));
  }

  @Override
  public List<Fact> history(MemoryScope scope, Query query) {
    return withCipher(scope, cipher -> facts.history(scope, cipher, query));
  }

  @Override
  public List<Fact> contested(MemoryScope scope, Query query, Instant valid, Instant known) {
    return withCipher(
        scope,
        cipher -> {
          Set<Long> winners = new HashSet<>();
          facts.asOf(scope, cipher, query, valid, known).forEach(fact -> winners.add(fact.claim()));
          return facts.covering(scope, cipher, query, valid, known).stream()
              .filter(fact -> !winners.contains(fact.claim()))
              .filter(fact -> claims.stood(fact.place(), fact.claim(), known))
              .toList();
        });
  }

  @Override
  public List<Fact> story(MemoryScope scope, long claim) {
    return withCipher(scope, cipher -> facts.story(scope, cipher, claim));
  }

  @Override
  public Asserted reinstate(MemoryScope place, long claim) {
    place.requirePlace();
    return transactions.write(place, () -> states().reinstate(place, claim));
  }

  /// Earlier and other states of claims.
  public FactStates states() {
    return new FactStates(this, transactions, claims, new ClaimCopies(jdbc, claims), ciphers);
  }

  private interface Read {
    List<Fact> with(SubjectCipher cipher);
  }

  private List<Fact> withCipher(MemoryScope scope, Read read) {
    if (scope.user().equals(MemoryScope.ANY)) {
      throw new IllegalArgumentException("facts are read of one user, not of '*'");
    }
    // Within the transaction, which says whether a key that is known here was destroyed elsewhere.
    return transactions.read(scope, () -> ciphers.find(scope).map(read::with).orElse(List.of()));
  }

  private record Quoted(Evidence evidence, String digest) {}

  @Override
  public List<Quotation> verify(MemoryScope scope, long claim) {
    return transactions.read(
        scope,
        () -> {
          List<Quoted> pieces =
              jdbc.sql(
                      """
                      select event_seq, span_start, span_end, quote_digest from memory_evidence
                      where tenant_id = ? and claim_id = ? and removed_at is null
                      order by event_seq, span_start
                      """)
                  .params(scope.tenant(), claim)
                  .query((row, index) ->
                      new Quoted(
                          new Evidence(
                              row.getLong(1),
                              new engram.retrieval.Span(row.getInt(2), row.getInt(3))),
                          HEX.formatHex(row.getBytes(4))))
                  .list();
          return pieces.stream().map(piece -> quotation(scope, piece)).toList();
        });
  }

  private Quotation quotation(MemoryScope scope, Quoted piece) {
    Optional<Event> event =
        events.of(scope.tenant(), new long[] {piece.evidence().event()}).stream().findFirst();
    if (event.isEmpty() || piece.evidence().span().end() > event.get().text().length()) {
      return new Quotation(piece.evidence(), "", false);
    }
    String text =
        event
            .get()
            .text()
            .substring(piece.evidence().span().start(), piece.evidence().span().end());
    boolean intact =
        ciphers
            .find(event.get().place())
            .map(cipher -> HEX.formatHex(new FactHashes(cipher).quote(text)).equals(piece.digest()))
            .orElse(false);
    return new Quotation(piece.evidence(), text, intact);
  }
}
