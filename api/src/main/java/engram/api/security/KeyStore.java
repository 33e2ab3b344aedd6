package engram.api.security;

import engram.api.security.ApiKey.Budget;
import engram.db.Transactions;
import engram.retrieval.Filter;
import engram.retrieval.NotFoundException;
import java.security.MessageDigest;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/// The keys in the database. Threads: any.
@Component
public class KeyStore {
  private static final String COLUMNS =
      "id, tenant_id, name, prefix, verbs, collections, filter, principals, reads_all,"
          + " requests_per_minute, tokens_per_day, created_by, created_at, expires_at, revoked_at,"
          + " last_used_at, secret_sha256";

  private final JdbcClient jdbc;
  private final Transactions transactions;
  private final JsonMapper json;

  /// Told of every revocation, so that it holds at once here.
  private final KeyCache cache;

  public KeyStore(JdbcClient jdbc, Transactions transactions, JsonMapper json, KeyCache cache) {
    this.jdbc = jdbc;
    this.transactions = transactions;
    this.json = json;
    this.cache = cache;
  }

  /// @param secret shown to its holder this once
  public record Created(ApiKey key, String secret) {
    /// Never shows the secret.
    @Override
    public String toString() {
      return "Created[" + key.id() + "]";
    }
  }

  public Created create(UUID tenant, KeyDraft draft, String createdBy) {
    return transactions.inTenant(tenant, () -> insert(tenant, draft, createdBy));
  }

  /// In the caller's transaction, of the tenant's scope or of the system's.
  public Created insert(UUID tenant, KeyDraft draft, String createdBy) {
    KeySecret secret = KeySecret.create();
    String id = "key_" + UUID.randomUUID().toString().replace("-", "");
    ApiKey key =
        jdbc.sql(
                """
                insert into api_keys (id, tenant_id, name, prefix, secret_sha256, verbs,
                  collections, filter, principals, reads_all, requests_per_minute,
                  tokens_per_day, created_by, expires_at)
                values (?, ?, ?, ?, ?, ?, ?::text[], ?::jsonb, ?, ?, ?::int, ?::bigint, ?,
                  ?::timestamptz) returning
                """
                    + COLUMNS)
            .param(id)
            .param(tenant)
            .param(draft.name())
            .param(secret.prefix())
            .param(KeySecret.sha256(secret.text()))
            .param(draft.verbs().stream().map(Verb::label).toArray(String[]::new))
            .param(draft.collections() == null ? null : array(draft.collections()))
            .param(draft.filter() == null ? null : filterJson(draft.filter()))
            .param(array(draft.principals()))
            .param(draft.readsAll())
            .param(draft.budget().requestsPerMinute())
            .param(draft.budget().tokensPerDay())
            .param(createdBy)
            .param(draft.expiresAt() == null ? null : draft.expiresAt().atOffset(ZoneOffset.UTC))
            .query((row, _) -> map(row))
            .single();
    return new Created(key, secret.text());
  }

  /// The key of a person who signs in elsewhere: made at the first time, and what it may renewed at
  /// each further one. Its secret is known to nobody.
  ///
  /// @param person who it is, for ever, in the words of the identity provider
  /// @return as it is now; revoked ones stay so
  public ApiKey person(UUID tenant, String person, KeyDraft draft) {
    ApiKey key =
        transactions.inTenant(
            tenant,
            () -> {
              Optional<String> known = personsKey(tenant, person);
              if (known.isEmpty()) {
                ApiKey made = insert(tenant, draft, person).key();
                jdbc.sql("update api_keys set person = ? where id = ?")
                    .param(person)
                    .param(made.id())
                    .update();
                return made;
              }
              jdbc.sql(
                      """
                      update api_keys set name = ?, verbs = ?, principals = ?, reads_all = ?
                       where id = ?
                      """)
                  .param(draft.name())
                  .param(draft.verbs().stream().map(Verb::label).toArray(String[]::new))
                  .param(array(draft.principals()))
                  .param(draft.readsAll())
                  .param(known.get())
                  .update();
              return key(tenant, known.get());
            });
    cache.forget(key.id());
    return key;
  }

  private Optional<String> personsKey(UUID tenant, String person) {
    return jdbc.sql("select id from api_keys where tenant_id = ? and person = ? for update")
        .param(tenant)
        .param(person)
        .query(String.class)
        .optional();
  }

  public ApiKey key(UUID tenant, String id) {
    return transactions
        .readInTenant(
            tenant,
            () ->
                jdbc.sql("select " + COLUMNS + " from api_keys where id = ? and tenant_id = ?")
                    .param(id)
                    .param(tenant)
                    .query((row, _) -> map(row))
                    .optional())
        .orElseThrow(() -> new NotFoundException("key", id));
  }

  /// Newest first.
  ///
  /// @param maker whose keys: itself and those that it made; null for everybody's
  /// @param after the id of the last key of the page before
  public List<ApiKey> keys(UUID tenant, @Nullable String maker, @Nullable String after, int limit) {
    return transactions.readInTenant(
        tenant,
        () ->
            jdbc.sql(
                    "select "
                        + COLUMNS
                        + """
                         from api_keys
                        where tenant_id = :tenant
                          and (:maker::text is null or created_by = :maker or id = :maker)
                          and (:after::text is null or (created_at, id) <
                            (select created_at, id from api_keys
                              where id = :after and tenant_id = :tenant))
                        order by created_at desc, id desc limit :limit
                        """)
                .param("tenant", tenant)
                .param("maker", maker, java.sql.Types.VARCHAR)
                .param("after", after, java.sql.Types.VARCHAR)
                .param("limit", limit)
                .query((row, _) -> map(row))
                .list());
  }

  /// Effective here when this returns, on other replicas within [engram.api.ApiSettings]'s
  /// `keyCacheTtl`. Revoking twice changes nothing.
  public ApiKey revoke(UUID tenant, String id) {
    return revoke(tenant, id, key -> {});
  }

  /// @param with told of the key in the transaction that revokes it; what it throws undoes it
  public ApiKey revoke(UUID tenant, String id, Consumer<ApiKey> with) {
    ApiKey revoked =
        transactions.inTenant(
            tenant,
            () -> {
              int found =
                  jdbc.sql(
                          """
                          update api_keys set revoked_at = coalesce(revoked_at, now())
                           where id = ? and tenant_id = ?
                          """)
                      .param(id)
                      .param(tenant)
                      .update();
              if (found == 0) {
                throw new NotFoundException("key", id);
              }
              ApiKey key = key(tenant, id);
              with.accept(key);
              return key;
            });
    cache.forget(id);
    return revoked;
  }

  /// The key of whatever tenant, valid or not.
  Optional<ApiKey> find(String id) {
    return transactions.readInSystem(() ->
        jdbc.sql("select " + COLUMNS + " from api_keys where id = ?")
            .param(id)
            .query((row, _) -> map(row))
            .optional());
  }

  /// The key with this secret, valid or not. Costs the same whether there is one or not, but for
  /// the reading of a row.
  Optional<ApiKey> find(byte[] sha256) {
    return transactions.readInSystem(() ->
        jdbc.sql("select " + COLUMNS + " from api_keys where secret_sha256 = ?")
            .param(sha256)
            .query((row, _) -> new Found(map(row), row.getBytes("secret_sha256")))
            .optional()
            // The index compares byte by byte and may stop early; this does not.
            .filter(found -> MessageDigest.isEqual(found.sha256(), sha256))
            .map(Found::key));
  }

  @SuppressWarnings("ArrayRecordComponent")
  private record Found(ApiKey key, byte[] sha256) {}

  private ApiKey map(ResultSet row) throws SQLException {
    Set<String> verbs = strings(row.getArray("verbs"));
    Array collections = row.getArray("collections");
    return new ApiKey(
        row.getString("id"),
        row.getObject("tenant_id", UUID.class),
        row.getString("name"),
        row.getString("prefix"),
        // A verb that a newer Engram knows opens nothing here.
        verbs.stream().flatMap(v -> Verb.ofLabel(v).stream()).collect(Collectors.toSet()),
        collections == null ? null : strings(collections),
        filter(row.getString("filter")),
        strings(row.getArray("principals")),
        row.getBoolean("reads_all"),
        new Budget(
            row.getObject("requests_per_minute", Integer.class),
            row.getObject("tokens_per_day", Long.class)),
        row.getString("created_by"),
        row.getObject("created_at", OffsetDateTime.class).toInstant(),
        instant(row, "expires_at"),
        instant(row, "revoked_at"),
        instant(row, "last_used_at"));
  }

  private String filterJson(Filter filter) {
    return json.writeValueAsString(FilterJson.toJson(filter));
  }

  private @Nullable Filter filter(@Nullable String text) {
    return text == null ? null : FilterJson.parse(json.readTree(text), "filter");
  }

  private static String[] array(Set<String> values) {
    return values.toArray(String[]::new);
  }

  private static Set<String> strings(Array array) throws SQLException {
    return Set.of((String[]) array.getArray());
  }

  private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }
}
