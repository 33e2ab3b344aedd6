package engram.memory.forget;

import engram.db.UuidV7;
import engram.memory.Forgetting;
import engram.memory.MemoryCopies;
import engram.memory.MemoryScope;
import engram.memory.fact.StoredFacts;
import engram.memory.forget.Erasure.Gone;
import engram.memory.index.LogFollower;
import engram.memory.scope.MemoryTransactions;
import engram.memory.vault.ReceiptSigner;
import engram.memory.vault.SubjectCiphers;
import engram.retrieval.RefusedException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// [Forgetting] on PostgreSQL and the index of this process.
///
/// The rows go in one transaction; then the index takes up the removal and is rewritten without it,
/// the stores are looked through, and the receipt is signed and kept. After a crash in between the
/// rows are gone, the index follows, and the caller, who got no receipt, asks again.
public final class StoredForgetting implements Forgetting {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final TypeReference<Map<String, Long>> COUNTS = new TypeReference<>() {};
  private static final Duration INDEX_PATIENCE = Duration.ofSeconds(30);

  private final MemoryTransactions transactions;
  private final JdbcClient jdbc;
  private final SubjectCiphers ciphers;
  private final LogFollower index;
  private final ReceiptSigner signer;
  private final Erasure erasure;
  private final List<MemoryCopies> copies;
  private final Clock clock;

  public StoredForgetting(
      MemoryTransactions transactions,
      JdbcClient jdbc,
      SubjectCiphers ciphers,
      StoredFacts facts,
      LogFollower index,
      ReceiptSigner signer,
      List<MemoryCopies> copies,
      Clock clock) {
    this.copies = List.copyOf(copies);
    this.transactions = transactions;
    this.jdbc = jdbc;
    this.ciphers = ciphers;
    this.index = index;
    this.signer = signer;
    this.erasure = new Erasure(transactions, jdbc, ciphers, facts);
    this.clock = clock;
  }

  @Override
  public Receipt erase(MemoryScope scope, Selection what, String actor) {
    requireUser(scope.user());
    Gone gone =
        transactions.write(
            scope,
            () -> {
              requireNoHold(scope.tenant(), scope.user());
              return erasure.erase(scope, what);
            });
    Map<String, Long> removed = new TreeMap<>(gone.removed());
    removed.put("index_entries", (long) gone.events().size());
    settleIndex(scope.tenant(), gone);
    forgetCopies(scope, removed);
    Map<String, Long> remaining =
        new TreeMap<>(transactions.read(scope, () -> erasure.remaining(scope, gone)));
    remaining.put("index_entries", index.remaining(scope.tenant(), gone.events()));
    countCopies(scope, remaining);
    return receipt(scope, described(what), actor, removed, remaining);
  }

  @Override
  public Preview preview(MemoryScope scope, Selection what) {
    requireUser(scope.user());
    return transactions.read(scope, () -> erasure.preview(scope, what));
  }

  @Override
  public Receipt eraseUser(UUID tenant, String user, String actor) {
    requireUser(user);
    MemoryScope all = MemoryScope.allOf(tenant, user);
    AtomicBoolean keyGone = new AtomicBoolean();
    Gone gone = eraseUser(all, keyGone);
    Map<String, Long> removed = new TreeMap<>(gone.removed());
    removed.put("index_entries", (long) gone.events().size());
    removed.put("keys", keyGone.get() ? 1L : 0L);
    settleIndex(tenant, gone);
    forgetCopies(all, removed);
    Map<String, Long> remaining =
        new TreeMap<>(transactions.read(all, () -> erasure.remainingOfUser(all)));
    remaining.put("index_entries", index.remaining(tenant, gone.events()));
    remaining.put("keys", ciphers.find(all).isPresent() ? 1L : 0L);
    countCopies(all, remaining);
    return receipt(all, "user", actor, removed, remaining);
  }

  private Gone eraseUser(MemoryScope all, AtomicBoolean keyGone) {
    try {
      return transactions.write(
          all,
          () -> {
            requireNoHold(all.tenant(), all.user());
            Gone erased = erasure.eraseUser(all);
            transactions.countDestroyedKey(all.tenant());
            // While the head is held nobody seals with it, and whoever waits for the head asks for
            // a key anew.
            keyGone.set(ciphers.destroy(all.tenant(), all.user()));
            return erased;
          });
    } catch (RuntimeException failure) {
      // What was to go cannot be read any more, and the erasure is repeated. But nobody heard that
      // the key is gone, and must not seal with it.
      if (keyGone.get()) {
        countAfter(failure, all);
      }
      throw failure;
    }
  }

  private void countAfter(RuntimeException failure, MemoryScope all) {
    try {
      transactions.write(
          all,
          () -> {
            transactions.lockHead(all.tenant());
            transactions.countDestroyedKey(all.tenant());
            return true;
          });
    } catch (RuntimeException again) {
      failure.addSuppressed(again); // then the caches' own time ends it
    }
  }

  private void settleIndex(UUID tenant, Gone gone) {
    if (gone.seq() > 0) {
      index.awaitApplied(tenant, gone.seq(), INDEX_PATIENCE);
      index.scrub();
    }
  }

  /// After the rows: what is made of them later finds that they are gone.
  private void forgetCopies(MemoryScope scope, Map<String, Long> removed) {
    for (MemoryCopies kind : copies) {
      removed.put(kind.name(), kind.forget(scope.tenant(), scope.user()));
    }
  }

  private void countCopies(MemoryScope scope, Map<String, Long> remaining) {
    for (MemoryCopies kind : copies) {
      remaining.put(kind.name(), kind.remaining(scope.tenant(), scope.user()));
    }
  }

  /// Without content: a receipt outlives what it is about.
  private static String described(Selection what) {
    return switch (what) {
      case Selection.Events(var seqs) -> seqs.size() == 1 ? "1 event" : seqs.size() + " events";
      case Selection.Session _ -> "session";
      case Selection.Between(var from, var to) -> "from " + from + " to " + to;
      case Selection.From(var role) -> "source " + role.text();
      case Selection.About _ -> "subject";
    };
  }

  private static void requireUser(String user) {
    if (user.equals(MemoryScope.ANY)) {
      throw new IllegalArgumentException("one user is erased at a time, not '*'");
    }
  }

  private void requireNoHold(UUID tenant, String user) {
    List<String> reasons =
        jdbc.sql("select reason from memory_holds where tenant_id = ? and user_id = ?")
            .params(tenant, user)
            .query(String.class)
            .list();
    if (!reasons.isEmpty()) {
      throw new RefusedException(
          RefusedException.Reason.CONFLICT,
          "legal_hold",
          "These memories are held: " + String.join("; ", reasons));
    }
  }

  private Receipt receipt(
      MemoryScope scope,
      String what,
      String actor,
      Map<String, Long> removed,
      Map<String, Long> remaining) {
    UUID id = UuidV7.next();
    Instant at = clock.instant().truncatedTo(ChronoUnit.MICROS);
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("id", id.toString());
    content.put("tenant", scope.tenant().toString());
    content.put("user", scope.user());
    content.put("what", what);
    content.put("actor", actor);
    content.put("at", at.toString());
    content.put("removed", removed);
    content.put("remaining", remaining);
    String text = JSON.writeValueAsString(content);
    byte[] signature = signer.sign(text);
    transactions.write(
        scope,
        () ->
            jdbc.sql(
                    """
                    insert into memory_receipts (id, tenant_id, user_id, receipt, signature, created_at)
                    values (?, ?, ?, ?::json, ?, ?)
                    """)
                .params(id, scope.tenant(), scope.user(), text, signature, Timestamp.from(at))
                .update());
    return receipt(text, signature);
  }

  private Receipt receipt(String text, byte[] signature) {
    JsonNode content = JSON.readTree(text);
    return new Receipt(
        UUID.fromString(content.path("id").asString("")),
        content.path("what").asString(""),
        content.path("actor").asString(""),
        Instant.parse(content.path("at").asString("")),
        JSON.convertValue(content.path("removed"), COUNTS),
        JSON.convertValue(content.path("remaining"), COUNTS),
        text,
        Base64.getEncoder().encodeToString(signature),
        signer.publicKey());
  }

  @Override
  public List<Receipt> receipts(UUID tenant, String user, int limit) {
    if (limit < 1 || limit > 100) {
      throw new IllegalArgumentException("limit %d is not in [1, 100]".formatted(limit));
    }
    return transactions.read(
        MemoryScope.of(tenant, user),
        () ->
            jdbc.sql(
                    """
                    select receipt::text, signature from memory_receipts
                    where tenant_id = ? and user_id = ? order by created_at desc, id desc limit ?
                    """)
                .params(tenant, user, limit)
                .query((row, at) -> receipt(row.getString(1), row.getBytes(2)))
                .list());
  }

  @Override
  public Hold hold(UUID tenant, String user, String reason, String actor) {
    requireUser(user);
    if (reason.isBlank() || reason.length() > 1_000) {
      throw new IllegalArgumentException("reason must have 1 to 1000 characters, not all blank");
    }
    UUID id = UuidV7.next();
    return transactions.write(
        MemoryScope.of(tenant, user),
        () -> {
          // With the head held no erasure is half done.
          transactions.lockHead(tenant);
          return jdbc.sql(
                  """
                  insert into memory_holds (id, tenant_id, user_id, reason, set_by)
                  values (?, ?, ?, ?, ?) returning id, user_id, reason, set_by, set_at
                  """)
              .params(id, tenant, user, reason, actor)
              .query(StoredForgetting::hold)
              .single();
        });
  }

  private static Hold hold(ResultSet row, int index) throws SQLException {
    return new Hold(
        row.getObject("id", UUID.class),
        row.getString("user_id"),
        row.getString("reason"),
        row.getString("set_by"),
        row.getTimestamp("set_at").toInstant());
  }

  @Override
  public List<Hold> holds(UUID tenant, String user) {
    return transactions.read(
        MemoryScope.of(tenant, user),
        () ->
            jdbc.sql(
                    "select * from memory_holds where tenant_id = ? and user_id = ? order by set_at")
                .params(tenant, user)
                .query(StoredForgetting::hold)
                .list());
  }

  @Override
  public boolean release(UUID tenant, UUID hold) {
    return transactions.write(
        MemoryScope.whole(tenant),
        () ->
            jdbc.sql("delete from memory_holds where tenant_id = ? and id = ?")
                    .params(tenant, hold)
                    .update()
                == 1);
  }
}
