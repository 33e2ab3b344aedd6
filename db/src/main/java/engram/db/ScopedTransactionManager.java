package engram.db;

import jakarta.persistence.EntityManagerFactory;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/// Tells PostgreSQL the scope of every transaction as its first statement, for that transaction
/// only, so that a pooled connection never carries a scope over.
///
/// A transaction keeps the scope that it began with. Joining it under another scope is refused:
/// otherwise the rows of the first tenant would show under the name of the second.
public class ScopedTransactionManager extends JpaTransactionManager {
  private static final String SET_SCOPE =
      "select set_config('engram.tenant', ?, true), set_config('engram.system', ?, true)";

  /// Key under which the scope of this thread's transaction is kept.
  private final transient Object scopeKey = new Object();

  public ScopedTransactionManager(EntityManagerFactory entityManagers) {
    super(entityManagers);
  }

  @Override
  protected void doBegin(Object transaction, TransactionDefinition definition) {
    Scope scope = TenantScope.current();
    super.doBegin(transaction, definition);
    boolean scoped = false;
    try {
      tell(scope);
      TransactionSynchronizationManager.bindResource(scopeKey, scope);
      scoped = true;
    } catch (SQLException e) {
      throw new CannotCreateTransactionException("The tenant scope could not be set", e);
    } finally {
      if (!scoped) {
        // Closing the entity manager gives the connection back, and the pool rolls it back.
        super.doCleanupAfterCompletion(transaction);
      }
    }
  }

  @Override
  protected void prepareSynchronization(
      DefaultTransactionStatus status, TransactionDefinition definition) {
    if (status.hasTransaction() && !status.isNewTransaction()) {
      Object begun = TransactionSynchronizationManager.getResource(scopeKey);
      Scope now = TenantScope.current();
      if (!now.equals(begun)) {
        throw new IllegalTransactionStateException(
            "A transaction of %s cannot be joined as %s".formatted(begun, now));
      }
    }
    super.prepareSynchronization(status, definition);
  }

  @Override
  protected Object doSuspend(Object transaction) {
    Object scope = TransactionSynchronizationManager.unbindResourceIfPossible(scopeKey);
    return new Suspended(super.doSuspend(transaction), scope);
  }

  @Override
  protected void doResume(@Nullable Object transaction, Object suspendedResources) {
    Suspended suspended = (Suspended) suspendedResources;
    super.doResume(transaction, suspended.resources());
    if (suspended.scope() != null) {
      TransactionSynchronizationManager.bindResource(scopeKey, suspended.scope());
    }
  }

  @Override
  protected void doCleanupAfterCompletion(Object transaction) {
    TransactionSynchronizationManager.unbindResourceIfPossible(scopeKey);
    super.doCleanupAfterCompletion(transaction);
  }

  private record Suspended(Object resources, @Nullable Object scope) {}

  private void tell(Scope scope) throws SQLException {
    DataSource dataSource = getDataSource();
    if (dataSource == null) {
      throw new IllegalStateException("The entity managers have no data source");
    }
    String tenant =
        switch (scope) {
          case Scope.Tenant(UUID id) -> id.toString();
          case Scope.AllTenants _, Scope.Nobody _ -> "";
        };
    String system =
        switch (scope) {
          case Scope.AllTenants _ -> "on";
          case Scope.Tenant _, Scope.Nobody _ -> "";
        };
    // The transaction's own connection: bound to this thread by super.doBegin.
    Connection connection = DataSourceUtils.doGetConnection(dataSource);
    try (PreparedStatement statement = connection.prepareStatement(SET_SCOPE)) {
      statement.setString(1, tenant);
      statement.setString(2, system);
      statement.execute();
    } finally {
      DataSourceUtils.doReleaseConnection(connection, dataSource);
    }
  }
}
