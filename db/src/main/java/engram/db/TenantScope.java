package engram.db;

import java.lang.ScopedValue.CallableOp;
import java.util.UUID;

/// Binds the scope in which the current thread reads and writes the database.
///
/// Nothing is bound by default, and then every policy hides every row. The scope reaches the
/// database when a transaction begins ([ScopedTransactionManager]); a transaction that has begun
/// keeps its scope. Executors do not inherit the binding: bind again in the task.
public final class TenantScope {
  private static final Scope NOBODY = new Scope.Nobody();
  private static final Scope ALL_TENANTS = new Scope.AllTenants();
  private static final ScopedValue<Scope> CURRENT = ScopedValue.newInstance();

  private TenantScope() {}

  /// The scope of this thread; [Scope.Nobody] when none is bound.
  public static Scope current() {
    return CURRENT.orElse(NOBODY);
  }

  /// The tenant of this thread.
  ///
  /// @throws IllegalStateException if the scope is not one tenant's
  public static UUID tenant() {
    return switch (current()) {
      case Scope.Tenant(UUID id) -> id;
      case Scope.AllTenants() ->
          throw new IllegalStateException("The scope is all tenants, and one tenant is needed");
      case Scope.Nobody() ->
          throw new IllegalStateException("No tenant scope is bound, and one tenant is needed");
    };
  }

  public static void runAs(UUID tenant, Runnable task) {
    ScopedValue.where(CURRENT, new Scope.Tenant(tenant)).run(task);
  }

  public static <T, X extends Throwable> T callAs(UUID tenant, CallableOp<T, X> task) throws X {
    return ScopedValue.where(CURRENT, new Scope.Tenant(tenant)).<T, X>call(task);
  }

  public static void runAsSystem(Runnable task) {
    ScopedValue.where(CURRENT, ALL_TENANTS).run(task);
  }

  public static <T, X extends Throwable> T callAsSystem(CallableOp<T, X> task) throws X {
    return ScopedValue.where(CURRENT, ALL_TENANTS).<T, X>call(task);
  }
}
