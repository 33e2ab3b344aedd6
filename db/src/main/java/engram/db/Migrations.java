package engram.db;

import java.sql.SQLException;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.callback.Callback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;
import org.flywaydb.core.api.configuration.FluentConfiguration;

/// The schema of all rooms, brought up to date by Flyway from `db/migration`.
final class Migrations {
  private Migrations() {}

  static void migrate(DataSource dataSource) {
    FluentConfiguration configuration =
        Flyway.configure().dataSource(dataSource).locations("classpath:db/migration");
    configure(configuration);
    configuration.load().migrate();
  }

  static void configure(FluentConfiguration configuration) {
    configuration.callbacks(new AllTenantsCallback());
    // By default a schema from a newer Engram passes with a warning, and this one would spoil it.
    configuration.ignoreMigrationPatterns(new String[0]);
  }

  /// Lets a migration see the rows that it changes: policies bind the owner too.
  private static final class AllTenantsCallback implements Callback {
    @Override
    public boolean supports(Event event, Context context) {
      return event == Event.BEFORE_EACH_MIGRATE;
    }

    @Override
    public boolean canHandleInTransaction(Event event, Context context) {
      return true;
    }

    @Override
    public void handle(Event event, Context context) {
      try (var statement = context.getConnection().createStatement()) {
        // For this transaction only, or the pooled connection would keep it.
        statement.execute("select set_config('engram.system', 'on', true)");
      } catch (SQLException e) {
        throw new IllegalStateException("The scope of a migration could not be set", e);
      }
    }

    @Override
    public String getCallbackName() {
      return "all-tenants";
    }
  }
}
