package engram.api.admin;

import engram.api.error.Failure;
import engram.api.security.Caller;
import engram.db.Transactions;
import engram.db.UuidV7;
import engram.retrieval.NotFoundException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/// The tenants. The operator's own is `default`, made at the first start.
@Component
public class Tenants {
  public static final String DEFAULT_NAME = "default";
  private static final String COLUMNS = "select id, name, created_at from tenants ";
  private static final int NAME_CHARS_MAX = 200;

  private final JdbcClient jdbc;
  private final Transactions transactions;

  public Tenants(JdbcClient jdbc, Transactions transactions) {
    this.jdbc = jdbc;
    this.transactions = transactions;
  }

  public record Tenant(UUID id, String name, Instant createdAt) {}

  /// A tenant and what must be there with it, or neither.
  ///
  /// @param with makes that, in the transaction of the system's scope that makes the tenant
  public <T> T create(String name, Function<Tenant, T> with) {
    if (name.isBlank() || name.length() > NAME_CHARS_MAX) {
      throw new IllegalArgumentException(
          "'name' must have 1 to " + NAME_CHARS_MAX + " characters that are not all blank");
    }
    UUID id = UuidV7.next();
    try {
      return transactions.inSystem(() -> with.apply(insert(id, name)));
    } catch (DuplicateKeyException _) {
      throw Failure.of(409, "tenant_exists", "There is a tenant of that name already.")
          .toException();
    }
  }

  private Tenant insert(UUID id, String name) {
    return jdbc.sql("insert into tenants (id, name) values (?, ?) returning id, name, created_at")
        .param(id)
        .param(name)
        .query(Tenants::map)
        .single();
  }

  public Tenant tenant(UUID id) {
    return transactions
        .readInSystem(() ->
            jdbc.sql(COLUMNS + "where id = ? and deleted_at is null")
                .param(id)
                .query(Tenants::map)
                .optional())
        .orElseThrow(() -> new NotFoundException("tenant", id.toString()));
  }

  public Optional<Tenant> named(String name) {
    return transactions.readInSystem(() ->
        jdbc.sql(COLUMNS + "where name = ? and deleted_at is null")
            .param(name)
            .query(Tenants::map)
            .optional());
  }

  /// In the order in which they were made.
  ///
  /// @param after the name-independent id of the last one of the page before; all zero for none
  public List<Tenant> tenants(UUID after, int limit) {
    return transactions.readInSystem(() ->
        jdbc.sql(COLUMNS + "where id > ? and deleted_at is null order by id limit ?")
            .param(after)
            .param(limit)
            .query(Tenants::map)
            .list());
  }

  /// Whether a caller of this tenant runs the server.
  public boolean isOperator(UUID tenant) {
    return tenant(tenant).name().equals(DEFAULT_NAME);
  }

  /// What concerns all tenants is for whoever runs the server, with a key that sees everything.
  public void checkOperator(Caller caller) {
    if (!isOperator(caller.tenant()) || !caller.access().isUnrestricted()) {
      throw Failure.of(403, "operators_only", "This is for the operator of the server.")
          .toException();
    }
  }

  private static Tenant map(java.sql.ResultSet row, int index) throws java.sql.SQLException {
    return new Tenant(
        row.getObject("id", UUID.class),
        row.getString("name"),
        row.getObject("created_at", OffsetDateTime.class).toInstant());
  }
}
