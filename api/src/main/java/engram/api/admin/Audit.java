package engram.api.admin;

import engram.api.error.RequestId;
import engram.api.security.Caller;
import engram.db.Transactions;
import engram.retrieval.ReadersChange;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// The log of who did what that others must be able to reconstruct: keys, tenants, deletions,
/// readers, jobs, reindexing. Rows are added, in the transaction of what they tell of where there
/// is one, and forgotten when they are old. Threads: any.
@Component
public class Audit {
  private static final TypeReference<Map<String, Object>> DETAIL = new TypeReference<>() {};

  private final JdbcClient jdbc;
  private final Transactions transactions;
  private final JsonMapper json;

  public Audit(JdbcClient jdbc, Transactions transactions, JsonMapper json) {
    this.jdbc = jdbc;
    this.transactions = transactions;
    this.json = json;
  }

  /// @param subject what it was done to, such as `key key_…`
  /// @param detail never secrets or content
  public record Entry(
      long id,
      Instant at,
      String actor,
      String action,
      String subject,
      String requestId,
      Map<String, Object> detail) {}

  /// Which entries; null for all.
  ///
  /// @param actor a key's id or its name, or `system`
  public record Query(
      @Nullable String actor,
      @Nullable String action,
      @Nullable Instant from,
      @Nullable Instant to,
      @Nullable Long before,
      int limit) {}

  /// @param action what was done, such as `key.created`, `file.deleted`, `index.rebuilt`
  public void add(Caller caller, String action, String subject, Map<String, Object> detail) {
    add(caller.tenant(), caller.keyId(), action, subject, caller.requestId(), detail);
  }

  /// For changes of documents, which tell it in their own transaction.
  public Consumer<ReadersChange> readers(Caller caller) {
    return change ->
        add(
            caller,
            "document.readers_changed",
            "document " + change.fileId() + " of " + change.collectionId(),
            Map.of("before", sorted(change.before()), "readers", sorted(change.after())));
  }

  private static List<String> sorted(Set<String> readers) {
    return readers.stream().sorted().toList();
  }

  /// What nobody asked for by a request: the first start, a command of the operator.
  public void addSystem(UUID tenant, String action, String subject, Map<String, Object> detail) {
    String requestId = MDC.get(RequestId.MDC_KEY);
    add(tenant, "system", action, subject, requestId == null ? "" : requestId, detail);
  }

  /// Newest first.
  public List<Entry> entries(UUID tenant, Query query) {
    return transactions.readInTenant(
        tenant,
        () ->
            jdbc.sql(
                    """
                    select id, at, actor, action, subject, request_id, detail from audit_log
                     where tenant_id = :tenant
                       and (:actor::text is null or actor = :actor or actor in
                            (select id from api_keys
                              where tenant_id = :tenant and lower(name) = lower(:actor)))
                       and (:action::text is null or action = :action)
                       and (:from::timestamptz is null or at >= :from)
                       and (:to::timestamptz is null or at < :to)
                       and (:before::bigint is null or id < :before)
                     order by id desc limit :limit
                    """)
                .param("tenant", tenant)
                .param("actor", query.actor(), Types.VARCHAR)
                .param("action", query.action(), Types.VARCHAR)
                .param("from", time(query.from()), Types.TIMESTAMP_WITH_TIMEZONE)
                .param("to", time(query.to()), Types.TIMESTAMP_WITH_TIMEZONE)
                .param("before", query.before(), Types.BIGINT)
                .param("limit", query.limit())
                .query((row, _) ->
                    new Entry(
                        row.getLong("id"),
                        row.getObject("at", OffsetDateTime.class).toInstant(),
                        row.getString("actor"),
                        row.getString("action"),
                        row.getString("subject"),
                        row.getString("request_id"),
                        json.readValue(row.getString("detail"), DETAIL)))
                .list());
  }

  private void add(
      UUID tenant,
      String actor,
      String action,
      String subject,
      String requestId,
      Map<String, Object> detail) {
    transactions.inTenant(tenant, () -> insert(tenant, actor, action, subject, requestId, detail));
  }

  /// In a transaction of the system's scope, for what is done in several tenants at once.
  void addInSystem(Caller caller, String action, String subject, Map<String, Object> detail) {
    insert(caller.tenant(), caller.keyId(), action, subject, caller.requestId(), detail);
  }

  private void insert(
      UUID tenant,
      String actor,
      String action,
      String subject,
      String requestId,
      Map<String, Object> detail) {
    jdbc.sql(
            """
            insert into audit_log (tenant_id, actor, action, subject, request_id, detail)
            values (?, ?, ?, ?, ?, ?::jsonb)
            """)
        .param(tenant)
        .param(actor)
        .param(action)
        .param(subject)
        .param(requestId)
        .param(json.writeValueAsString(detail))
        .update();
  }

  private static @Nullable OffsetDateTime time(@Nullable Instant instant) {
    return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
  }
}
