package engram.db;

import java.util.UUID;

/// Whose rows the database shows.
public sealed interface Scope {

  /// Those of one tenant.
  record Tenant(UUID id) implements Scope {}

  /// Those of all tenants: migrations, workers that look for jobs, administration of tenants.
  record AllTenants() implements Scope {}

  /// No rows at all.
  record Nobody() implements Scope {}
}
