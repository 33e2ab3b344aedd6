package engram.memory.fact;

import engram.memory.Evidence;
import engram.memory.FactDraft;
import engram.memory.FactSource;
import engram.memory.MemoryScope;
import engram.memory.fact.FactStates.Stated;
import engram.memory.vault.SubjectCipher;
import engram.retrieval.Span;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Claims that ended, added again under new numbers: a claim is never un-ended, so what was known
/// in between stays as it was. Each call joins the caller's transaction.
final class ClaimCopies {
  private static final HexFormat HEX = HexFormat.of();

  private static final String ROWS =
      """
      select id, slot, corrects, evidenced, valid_from, valid_to, event_at, source, body
      from memory_claims
      where tenant_id = ? and user_id = ? and agent_id = ? and run_id = ?\
      """;

  private final JdbcClient jdbc;
  private final ClaimRows claims;

  ClaimCopies(JdbcClient jdbc, ClaimRows claims) {
    this.jdbc = jdbc;
    this.claims = claims;
  }

  /// A claim as it is kept.
  ///
  /// @param slot in hexadecimal
  record Row(
      long id,
      String slot,
      @Nullable Long corrects,
      boolean evidenced,
      @Nullable Instant validFrom,
      @Nullable Instant validTo,
      Instant eventAt,
      String source,
      ClaimRows.Body body) {}

  /// @param added since then, or to be added again for what they correct; none of them has ended
  /// @param ended since then, or to be added again for what they correct; by number
  record Difference(List<Row> added, List<Row> ended) {}

  private static Row row(ResultSet row, MemoryScope place, SubjectCipher cipher)
      throws SQLException {
    long corrects = row.getLong("corrects");
    boolean none = row.wasNull();
    return new Row(
        row.getLong("id"),
        HEX.formatHex(row.getBytes("slot")),
        none ? null : corrects,
        row.getBoolean("evidenced"),
        ClaimRows.instant(row, "valid_from"),
        ClaimRows.instant(row, "valid_to"),
        row.getTimestamp("event_at").toInstant(),
        row.getString("source"),
        ClaimRows.body(cipher, place, row.getLong("id"), row.getBytes("body")));
  }

  private List<Row> rows(MemoryScope place, SubjectCipher cipher, String where, Object... params) {
    List<Object> all = new ArrayList<>();
    all.add(place.tenant());
    all.add(place.user());
    all.add(place.agent());
    all.add(place.run());
    all.addAll(List.of(params));
    return jdbc.sql(ROWS + where + " order by id")
        .params(all)
        .query((row, index) -> row(row, place, cipher))
        .list();
  }

  Optional<Row> ended(MemoryScope place, long claim, SubjectCipher cipher) {
    return rows(place, cipher, " and id = ? and ended_at is not null", claim).stream().findFirst();
  }

  /// What became of a place's claims since a time. A claim that stands and corrects one that is
  /// added again has to correct the copy, so it is copied too.
  Difference since(MemoryScope place, Instant known, SubjectCipher cipher) {
    Timestamp then = Timestamp.from(known);
    List<Row> added =
        new ArrayList<>(rows(place, cipher, " and tx_from > ? and ended_at is null", then));
    List<Row> ended =
        new ArrayList<>(rows(place, cipher, " and tx_from <= ? and ended_at > ?", then, then));
    Set<Long> again = new HashSet<>();
    ended.forEach(row -> again.add(row.id()));
    // By number: what corrects comes after what it corrects.
    for (Row standing : rows(place, cipher, " and tx_from <= ? and ended_at is null", then)) {
      if (standing.corrects() != null && again.contains(standing.corrects())) {
        again.add(standing.id());
        added.add(standing);
        ended.add(standing);
      }
    }
    ended.sort(Comparator.comparingLong(Row::id));
    return new Difference(added, ended);
  }

  /// Adds copies after a number. What has lost all of its evidence is left out; what stands already
  /// in the same words is not doubled.
  ///
  /// @return numbers of copies by those of the originals
  Map<Long, Long> insert(
      MemoryScope place, List<Row> rows, long seq, SubjectCipher cipher, Instant now) {
    FactHashes hashes = new FactHashes(cipher);
    Map<Long, Long> copies = new HashMap<>();
    long next = seq;
    for (Row row : rows) {
      FactDraft draft = draft(place, row);
      if (row.evidenced() && draft.evidence().isEmpty()) {
        continue;
      }
      @Nullable Long corrects =
          row.corrects() == null
              ? null
              : Long.valueOf(copies.getOrDefault(row.corrects(), row.corrects()));
      Optional<Long> equal = claims.equal(place, hashes.whole(draft, String.valueOf(corrects)));
      if (equal.isPresent()) {
        copies.put(row.id(), equal.get());
        continue;
      }
      next++;
      claims.insert(place, next, draft, corrects, cipher, now);
      copyEvidence(place, row.id(), next);
      copies.put(row.id(), next);
    }
    return copies;
  }

  private void copyEvidence(MemoryScope place, long from, long to) {
    jdbc.sql(
            """
            insert into memory_evidence (tenant_id, claim_id, event_seq, user_id, agent_id, run_id,
              span_start, span_end, quote_digest)
            select tenant_id, ?, event_seq, user_id, agent_id, run_id, span_start, span_end,
              quote_digest
            from memory_evidence where tenant_id = ? and claim_id = ? and removed_at is null
            """)
        .params(to, place.tenant(), from)
        .update();
  }

  private FactDraft draft(MemoryScope place, Row row) {
    List<Evidence> evidence =
        jdbc.sql(
                """
                select event_seq, span_start, span_end from memory_evidence
                where tenant_id = ? and claim_id = ? and removed_at is null
                order by event_seq, span_start, span_end
                """)
            .params(place.tenant(), row.id())
            .query((piece, index) ->
                new Evidence(piece.getLong(1), new Span(piece.getInt(2), piece.getInt(3))))
            .list();
    ClaimRows.Body body = row.body();
    return new FactDraft(
        body.subject(),
        body.predicate(),
        body.object(),
        body.single(),
        row.validFrom(),
        row.validTo(),
        row.eventAt(),
        FactSource.of(row.source()),
        evidence);
  }

  /// @return claims that had not ended, by number
  List<Stated> stated(MemoryScope place, Instant known, SubjectCipher cipher) {
    Timestamp then = Timestamp.from(known);
    List<Stated> stated = new ArrayList<>();
    for (Row row :
        rows(
            place,
            cipher,
            " and tx_from <= ? and coalesce(ended_at, 'infinity') > ?",
            then,
            then)) {
      FactDraft draft = draft(place, row);
      if (!row.evidenced() || !draft.evidence().isEmpty()) {
        stated.add(new Stated(row.id(), row.corrects(), draft));
      }
    }
    return stated;
  }
}
