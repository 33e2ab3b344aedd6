package engram.memory.fact;

import engram.memory.Evidence;
import engram.memory.FactDraft;
import engram.memory.MemoryScope;
import engram.memory.vault.SubjectCipher;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.json.JsonMapper;

/// The tables of claims and their evidence. Each call joins the caller's transaction.
final class ClaimRows {
  private static final JsonMapper JSON = JsonMapper.shared();

  /// After all times of transactions, and before what has no end.
  static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

  private static final String PLACE =
      "tenant_id = ? and user_id = ? and agent_id = ? and run_id = ?";

  private final JdbcClient jdbc;

  ClaimRows(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /// What of a claim is encrypted.
  record Body(String subject, String predicate, String object, boolean single) {}

  static Body body(SubjectCipher cipher, MemoryScope place, long id, byte[] sealed) {
    return JSON.readValue(cipher.open(sealed, context(place, id)), Body.class);
  }

  private static byte[] context(MemoryScope place, long id) {
    return (place.tenant() + "/claim/" + id).getBytes(StandardCharsets.UTF_8);
  }

  /// The standing claim that says the same.
  Optional<Long> equal(MemoryScope place, byte[] dedupe) {
    return jdbc.sql(
            "select id from memory_claims where " + PLACE + " and dedupe = ? and ended_at is null")
        .params(place.tenant(), place.user(), place.agent(), place.run(), dedupe)
        .query(Long.class)
        .optional();
  }

  /// Whether a claim says or ever said the same.
  boolean isKnown(MemoryScope place, byte[] dedupe) {
    return jdbc.sql("select exists (select from memory_claims where " + PLACE + " and dedupe = ?)")
        .params(place.tenant(), place.user(), place.agent(), place.run(), dedupe)
        .query(Boolean.class)
        .single();
  }

  /// The slot of a claim that was not ended.
  Optional<byte[]> slot(MemoryScope place, long id) {
    return jdbc.sql(
            "select slot from memory_claims where " + PLACE + " and id = ? and ended_at is null")
        .params(place.tenant(), place.user(), place.agent(), place.run(), id)
        .query(byte[].class)
        .optional();
  }

  void insert(
      MemoryScope place,
      long id,
      FactDraft draft,
      @Nullable Long corrects,
      SubjectCipher cipher,
      Instant now) {
    FactHashes hashes = new FactHashes(cipher);
    byte[] body =
        JSON.writeValueAsBytes(
            new Body(draft.subject(), draft.predicate(), draft.object(), draft.single()));
    jdbc.sql(
            """
            insert into memory_claims (tenant_id, id, user_id, agent_id, run_id, slot, subject_hash,
              predicate_hash, dedupe, valid_from, valid_to, event_at, source, rank, corrects,
              evidenced, body, tx_from)
            values (:tenant, :id, :user, :agent, :run, :slot, :subject, :predicate, :dedupe, :from,
              :to, :at, :source, :rank, :corrects, :evidenced, :body, :now)
            """)
        .param("tenant", place.tenant())
        .param("id", id)
        .param("user", place.user())
        .param("agent", place.agent())
        .param("run", place.run())
        .param("slot", hashes.slot(draft))
        .param("subject", hashes.subject(draft.subject()))
        .param("predicate", hashes.predicate(draft.predicate()))
        .param("dedupe", hashes.whole(draft, String.valueOf(corrects)))
        .param("from", timestamp(draft.validFrom()), Types.TIMESTAMP)
        .param("to", timestamp(draft.validTo()), Types.TIMESTAMP)
        .param("at", Timestamp.from(draft.eventAt()))
        .param("source", draft.source().text())
        .param("rank", draft.source().rank())
        .param("corrects", corrects, Types.BIGINT)
        .param("evidenced", !draft.evidence().isEmpty())
        .param("body", cipher.seal(body, context(place, id)))
        .param("now", Timestamp.from(now))
        .update();
  }

  private static @Nullable Timestamp timestamp(@Nullable Instant instant) {
    return instant == null ? null : Timestamp.from(instant);
  }

  void insertEvidence(MemoryScope place, long claim, Evidence piece, byte[] quoteDigest) {
    jdbc.sql(
            """
            insert into memory_evidence (tenant_id, claim_id, event_seq, user_id, agent_id, run_id,
              span_start, span_end, quote_digest) values (?, ?, ?, ?, ?, ?, ?, ?, ?)
            on conflict do nothing
            """)
        .params(
            place.tenant(),
            claim,
            piece.event(),
            place.user(),
            place.agent(),
            place.run(),
            piece.span().start(),
            piece.span().end(),
            quoteDigest)
        .update();
  }

  /// The claims of a slot that stand: not ended, and corrected by none that stands itself.
  List<Timeline.Claim> standing(MemoryScope place, byte[] slot) {
    Map<Long, Timeline.Claim> claims = new HashMap<>();
    jdbc.sql(
            """
            select id, valid_from, valid_to, event_at, rank from memory_claims
            where tenant_id = ? and user_id = ? and agent_id = ? and run_id = ? and slot = ?
              and ended_at is null
            """)
        .params(place.tenant(), place.user(), place.agent(), place.run(), slot)
        .query(row -> {
          claims.put(row.getLong("id"), claim(row));
        });
    Map<Long, List<Long>> correctors = correctors(place, claims.keySet(), LATEST);
    List<Timeline.Claim> standing = new ArrayList<>();
    for (Timeline.Claim claim : claims.values()) {
      if (stands(claim.id(), correctors)) {
        standing.add(claim);
      }
    }
    return standing;
  }

  boolean stands(MemoryScope place, long id) {
    return stood(place, id, LATEST);
  }

  /// Whether no claim corrected it that stood itself, by what was known at a time.
  boolean stood(MemoryScope place, long id, Instant known) {
    return stands(id, correctors(place, Set.of(id), known));
  }

  private static Timeline.Claim claim(ResultSet row) throws SQLException {
    return new Timeline.Claim(
        row.getLong("id"),
        instant(row, "valid_from"),
        instant(row, "valid_to"),
        row.getTimestamp("event_at").toInstant(),
        row.getInt("rank"));
  }

  static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    Timestamp value = row.getTimestamp(column);
    return value == null ? null : value.toInstant();
  }

  /// Who corrects whom, of these and of those that correct them, and so on.
  private Map<Long, List<Long>> correctors(MemoryScope place, Set<Long> ids, Instant known) {
    Map<Long, List<Long>> correctors = new HashMap<>();
    Set<Long> asked = new HashSet<>(ids);
    Set<Long> next = asked;
    while (!next.isEmpty()) {
      Set<Long> found = new HashSet<>();
      jdbc.sql(
              """
              select corrects, id from memory_claims
              where tenant_id = ? and corrects = any(?) and tx_from <= ?
                and coalesce(ended_at, 'infinity') > ?
              """)
          .params(
              place.tenant(),
              next.toArray(Long[]::new),
              Timestamp.from(known),
              Timestamp.from(known))
          .query(row -> {
            correctors.computeIfAbsent(row.getLong(1), id -> new ArrayList<>()).add(row.getLong(2));
            found.add(row.getLong(2));
          });
      found.removeAll(asked);
      asked.addAll(found);
      next = found;
    }
    return correctors;
  }

  /// Numbers grow from the corrected to the correcting, so this ends. Iterative: a chain of
  /// corrections may be longer than a stack.
  private static boolean stands(long id, Map<Long, List<Long>> correctors) {
    Set<Long> standing = new HashSet<>();
    List<Long> reachable = new ArrayList<>(List.of(id));
    Set<Long> seen = new HashSet<>(reachable);
    for (int at = 0; at < reachable.size(); at++) {
      for (long corrector : correctors.getOrDefault(reachable.get(at), List.of())) {
        if (seen.add(corrector)) {
          reachable.add(corrector);
        }
      }
    }
    reachable.sort(java.util.Comparator.reverseOrder());
    for (long claim : reachable) {
      if (correctors.getOrDefault(claim, List.of()).stream().noneMatch(standing::contains)) {
        standing.add(claim);
      }
    }
    return standing.contains(id);
  }

  void end(MemoryScope place, long id, String reason, Instant now) {
    jdbc.sql(
            """
            update memory_claims set ended_at = ?, end_reason = ?
            where tenant_id = ? and id = ? and ended_at is null
            """)
        .params(Timestamp.from(now), reason, place.tenant(), id)
        .update();
  }
}
