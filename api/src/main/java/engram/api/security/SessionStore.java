package engram.api.security;

import engram.db.Transactions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/// The sessions of the console. A session is its key for a time: it may what the key may at that
/// moment, and ends with it. Threads: any.
@Component
public class SessionStore {
  /// How exactly it is known when a session was last used: each look at it need not be a write.
  private static final Duration SEEN_WITHIN = Duration.ofMinutes(1);

  private final JdbcClient jdbc;
  private final Transactions transactions;
  private final KeyStore keys;
  private final KeyCache cache;
  private final SessionSettings settings;
  private final Clock clock;

  public SessionStore(
      JdbcClient jdbc,
      Transactions transactions,
      KeyStore keys,
      KeyCache cache,
      SessionSettings settings,
      Clock clock) {
    this.jdbc = jdbc;
    this.transactions = transactions;
    this.keys = keys;
    this.cache = cache;
    this.settings = settings;
    this.clock = clock;
  }

  /// @param token for the browser, this once
  public record Started(SessionToken token, Instant expiresAt) {}

  public Started start(UUID tenant, String keyId) {
    SessionToken token = SessionToken.create();
    OffsetDateTime now = clock.instant().atOffset(ZoneOffset.UTC);
    OffsetDateTime end = now.plus(settings.max());
    transactions.inTenant(
        tenant,
        () ->
            jdbc.sql(
                    """
                    insert into console_sessions
                      (token_sha256, tenant_id, key_id, created_at, last_seen_at, expires_at)
                    values (:token, :tenant, :key, :now, :now, :end)
                    """)
                .param("token", token.sha256())
                .param("tenant", tenant)
                .param("key", keyId)
                .param("now", now)
                .param("end", end)
                .update());
    return new Started(token, end.toInstant());
  }

  /// At once here, on other replicas within [engram.api.ApiSettings]'s `keyCacheTtl`. Ending what
  /// has ended changes nothing.
  public void end(SessionToken token) {
    transactions.inSystem(() ->
        jdbc.sql("delete from console_sessions where token_sha256 = ?")
            .param(token.sha256())
            .update());
    cache.forget(token.sha256());
  }

  /// When it is over at the latest.
  public Optional<Instant> expiresAt(SessionToken token) {
    return transactions.readInSystem(() ->
        jdbc.sql("select expires_at from console_sessions where token_sha256 = ?")
            .param(token.sha256())
            .query((row, _) -> row.getObject(1, OffsetDateTime.class).toInstant())
            .optional());
  }

  /// Forgets sessions that are over.
  ///
  /// @return how many, at most `limit`
  public int forgetEnded(int limit) {
    return transactions.inSystem(() ->
        jdbc.sql(
                """
                delete from console_sessions where token_sha256 in (
                  select token_sha256 from console_sessions where expires_at < :now or last_seen_at < :idle
                  limit :limit for update skip locked)
                """)
            .param("now", clock.instant().atOffset(ZoneOffset.UTC))
            .param("idle", idleSince())
            .param("limit", limit)
            .update());
  }

  /// The key of a session that is not over, valid or not.
  Optional<ApiKey> find(byte[] sha256) {
    OffsetDateTime now = clock.instant().atOffset(ZoneOffset.UTC);
    return transactions
        .inSystem(() -> {
          Optional<String> key =
              jdbc.sql(
                      """
                      select key_id from console_sessions
                       where token_sha256 = :token and expires_at > :now and last_seen_at > :idle
                      """)
                  .param("token", sha256)
                  .param("now", now)
                  .param("idle", idleSince())
                  .query(String.class)
                  .optional();
          key.ifPresent(_ ->
              jdbc.sql(
                      """
                      update console_sessions set last_seen_at = :now
                       where token_sha256 = :token and last_seen_at < :before
                      """)
                  .param("now", now)
                  .param("token", sha256)
                  .param("before", now.minus(SEEN_WITHIN))
                  .update());
          return key;
        })
        .flatMap(keys::find);
  }

  private OffsetDateTime idleSince() {
    return clock.instant().minus(settings.idleMax()).atOffset(ZoneOffset.UTC);
  }
}
