package engram.api.web;

import engram.api.ApiSettings;
import engram.api.erase.Mentions;
import engram.api.security.Caller;
import engram.db.Transactions;
import engram.retrieval.Library;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// Which requests with an `Idempotency-Key` run, and how those that ran were answered. On the
/// database, so that it holds over all replicas.
@Component
class IdempotencyStore {
  private static final Logger LOG = LoggerFactory.getLogger(IdempotencyStore.class);
  private static final int SWEEP_ROWS_MAX = 10_000;

  private final JdbcClient jdbc;
  private final Transactions transactions;
  private final ApiSettings.Idempotency settings;
  private final Clock clock;
  private final Library library;

  IdempotencyStore(
      JdbcClient jdbc,
      Transactions transactions,
      ApiSettings settings,
      Clock clock,
      Library library) {
    this.jdbc = jdbc;
    this.transactions = transactions;
    this.library = library;
    this.settings = settings.idempotency();
    this.clock = clock;
  }

  /// What to do with a request.
  sealed interface Claim {
    /// Carry it out. `startedAt` tells this run from a later one that took it for lost.
    record Run(Instant startedAt) implements Claim {}

    record Running() implements Claim {}

    record OtherRequest() implements Claim {}

    @SuppressWarnings("ArrayRecordComponent") // written out as it is
    record Replay(int status, @Nullable String contentType, byte[] body) implements Claim {}
  }

  Claim claim(Caller caller, String key, String requestSha256) {
    return transactions.inTenant(
        caller.tenant(),
        () ->
            begin(caller, key, requestSha256)
                .map(startedAt -> (Claim) new Claim.Run(startedAt))
                .orElseGet(() -> visible(caller, key, requestSha256)));
  }

  /// A reply that shows files which the caller does not see any more is no reply to them: it is
  /// dropped, and the request carried out under the permissions of now.
  private Claim visible(Caller caller, String key, String requestSha256) {
    Claim earlier = earlier(caller, key, requestSha256);
    if (!(earlier instanceof Claim.Replay)
        || library.sees(caller.access(), Mentions.files(mentions(caller, key)))) {
      return earlier;
    }
    jdbc.sql(
            "delete from idempotent_requests"
                + " where tenant_id = ? and key_id = ? and idempotency_key = ?")
        .params(caller.tenant(), caller.keyId(), key)
        .update();
    return begin(caller, key, requestSha256)
        .<Claim>map(Claim.Run::new)
        .orElseGet(Claim.Running::new);
  }

  private Set<String> mentions(Caller caller, String key) {
    return jdbc.sql(
            "select subject from replay_mentions"
                + " where tenant_id = ? and key_id = ? and idempotency_key = ?")
        .params(caller.tenant(), caller.keyId(), key)
        .query(String.class)
        .set();
  }

  /// Keeps nothing if a file that the reply shows went meanwhile, or another run took over.
  ///
  /// @param path of the request; collections may be named there only
  void finish(
      Caller caller,
      String key,
      Instant startedAt,
      String path,
      int status,
      @Nullable String contentType,
      byte[] body) {
    Set<String> mentions = Mentions.in(path + "\n" + new String(body, StandardCharsets.UTF_8));
    transactions.inTenant(
        caller.tenant(),
        () -> {
          if (!library.hold(caller.access(), Mentions.files(mentions))) {
            drop(caller, key, startedAt);
          } else if (answered(caller, key, startedAt, status, contentType, body)) {
            insertMentions(caller, key, mentions);
          }
        });
  }

  private boolean answered(
      Caller caller,
      String key,
      Instant startedAt,
      int status,
      @Nullable String contentType,
      byte[] body) {
    return jdbc.sql(
                """
                update idempotent_requests set status = ?, content_type = ?, body = ?
                 where tenant_id = ? and key_id = ? and idempotency_key = ? and created_at = ?
                """)
            .param(status)
            .param(contentType)
            .param(body)
            .param(caller.tenant())
            .param(caller.keyId())
            .param(key)
            .param(startedAt.atOffset(ZoneOffset.UTC))
            .update()
        == 1;
  }

  private void insertMentions(Caller caller, String key, Set<String> mentions) {
    // Those of an expired reply whose row this run took over.
    jdbc.sql(
            "delete from replay_mentions"
                + " where tenant_id = ? and key_id = ? and idempotency_key = ?")
        .params(caller.tenant(), caller.keyId(), key)
        .update();
    jdbc.sql(
            """
            insert into replay_mentions (tenant_id, key_id, idempotency_key, subject)
              select :tenant, :keyId, :key, subject
              from unnest(:subjects::text[]) as mention (subject)
            """)
        .param("tenant", caller.tenant())
        .param("keyId", caller.keyId())
        .param("key", key)
        .param("subjects", mentions.toArray(String[]::new))
        .update();
  }

  /// The request left nothing to repeat: the next one with this key runs anew.
  void drop(Caller caller, String key, Instant startedAt) {
    transactions.inTenant(
        caller.tenant(),
        () -> {
          jdbc.sql(
                  """
                  delete from idempotent_requests
                   where tenant_id = ? and key_id = ? and idempotency_key = ? and created_at = ?
                  """)
              .param(caller.tenant())
              .param(caller.keyId())
              .param(key)
              .param(startedAt.atOffset(ZoneOffset.UTC))
              .update();
        });
  }

  private Optional<Instant> begin(Caller caller, String key, String requestSha256) {
    Instant now = clock.instant();
    return jdbc.sql(
            """
            insert into idempotent_requests as r
              (tenant_id, key_id, idempotency_key, request_sha256, created_at)
            values (:tenant, :keyId, :key, :hash, :now)
            on conflict (tenant_id, key_id, idempotency_key) do update
              set request_sha256 = :hash, created_at = :now,
                  status = null, content_type = null, body = null
              where r.created_at < :expired or (r.status is null and r.created_at < :lost)
            returning created_at
            """)
        .param("tenant", caller.tenant())
        .param("keyId", caller.keyId())
        .param("key", key)
        .param("hash", requestSha256)
        .param("now", now.atOffset(ZoneOffset.UTC))
        .param("expired", now.minus(settings.keep()).atOffset(ZoneOffset.UTC))
        .param("lost", now.minus(settings.runningMax()).atOffset(ZoneOffset.UTC))
        .query((row, _) -> row.getObject("created_at", OffsetDateTime.class).toInstant())
        .optional();
  }

  private Claim earlier(Caller caller, String key, String requestSha256) {
    return jdbc.sql(
            """
            select request_sha256, status, content_type, body from idempotent_requests
             where tenant_id = ? and key_id = ? and idempotency_key = ?
            """)
        .param(caller.tenant())
        .param(caller.keyId())
        .param(key)
        .query((row, _) -> {
          if (!row.getString("request_sha256").equals(requestSha256)) {
            return new Claim.OtherRequest();
          }
          Integer status = row.getObject("status", Integer.class);
          return status == null
              ? new Claim.Running()
              : new Claim.Replay(status, row.getString("content_type"), row.getBytes("body"));
        })
        .optional()
        // Swept or dropped in this very moment: the caller's next try will run.
        .orElseGet(Claim.Running::new);
  }

  @Scheduled(initialDelay = 300_000, fixedDelay = 300_000)
  void sweepNow() {
    try {
      sweep();
    } catch (DataAccessException | TransactionException e) {
      LOG.warn("Old idempotency keys could not be swept: {}", e.getMessage());
    }
  }

  int sweep() {
    return transactions.inSystem(() ->
        jdbc.sql(
                """
                delete from idempotent_requests where ctid = any (array(
                  select ctid from idempotent_requests where created_at < ? limit ?
                  for update skip locked))
                """)
            .param(clock.instant().minus(settings.keep()).atOffset(ZoneOffset.UTC))
            .param(SWEEP_ROWS_MAX)
            .update());
  }
}
