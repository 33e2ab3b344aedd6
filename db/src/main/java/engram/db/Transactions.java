package engram.db;

import java.util.UUID;
import java.util.function.Supplier;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/// Opens a scope and a transaction together, the one way in which rooms reach the database.
///
/// Within a transaction of the same scope these join it; within one of another scope they are
/// refused. Any exception rolls back. Threads: any.
public final class Transactions {
  private final TransactionTemplate writing;
  private final TransactionTemplate reading;

  public Transactions(PlatformTransactionManager manager) {
    writing = new TransactionTemplate(manager);
    reading = new TransactionTemplate(manager);
    reading.setReadOnly(true);
  }

  public <T> T inTenant(UUID tenant, Supplier<T> work) {
    return TenantScope.callAs(tenant, () -> run(writing, work));
  }

  public void inTenant(UUID tenant, Runnable work) {
    inTenant(tenant, supplier(work));
  }

  public <T> T readInTenant(UUID tenant, Supplier<T> work) {
    return TenantScope.callAs(tenant, () -> run(reading, work));
  }

  public <T> T inSystem(Supplier<T> work) {
    return TenantScope.callAsSystem(() -> run(writing, work));
  }

  public void inSystem(Runnable work) {
    inSystem(supplier(work));
  }

  public <T> T readInSystem(Supplier<T> work) {
    return TenantScope.callAsSystem(() -> run(reading, work));
  }

  /// In the scope that is bound already; sees nothing when none is.
  public <T> T inCurrent(Supplier<T> work) {
    return run(writing, work);
  }

  public <T> T readInCurrent(Supplier<T> work) {
    return run(reading, work);
  }

  private static <T> T run(TransactionTemplate template, Supplier<T> work) {
    return template.execute(status -> work.get());
  }

  private static Supplier<Boolean> supplier(Runnable work) {
    return () -> {
      work.run();
      return true;
    };
  }
}
