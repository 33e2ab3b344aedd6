package engram.db;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Rows of the table `jobs` as the ledger and its workers read them.
final class JobRows {
  private static final UUID SYSTEM_LANE = new UUID(0, 0);

  private final JsonMapper json;

  JobRows(JsonMapper json) {
    this.json = json;
  }

  /// The queue that a tenant's jobs stand in; null for the whole system's.
  static UUID lane(@Nullable UUID tenant) {
    return tenant == null ? SYSTEM_LANE : tenant;
  }

  Job.Claim claim(ResultSet row, int index) throws SQLException {
    return new Job.Claim(
        uuid(row, "id"),
        row.getObject("tenant_id", UUID.class),
        row.getString("kind"),
        row.getString("subject"),
        json.readTree(row.getString("params")),
        row.getInt("attempts"),
        row.getInt("max_attempts"),
        row.getString("lease_owner"),
        row.getLong("fence"));
  }

  Job job(ResultSet row, int index) throws SQLException {
    String progress = row.getString("progress");
    return new Job(
        uuid(row, "id"),
        row.getObject("tenant_id", UUID.class),
        row.getString("kind"),
        row.getString("subject"),
        json.readTree(row.getString("params")),
        Job.State.of(row.getString("state")),
        row.getInt("priority"),
        row.getInt("attempts"),
        row.getInt("max_attempts"),
        row.getTimestamp("run_after").toInstant(),
        row.getBoolean("cancel_requested"),
        progress == null ? null : json.readTree(progress),
        row.getString("error_code"),
        row.getString("error_message"),
        row.getTimestamp("created_at").toInstant(),
        instant(row.getTimestamp("started_at")),
        instant(row.getTimestamp("finished_at")));
  }

  private static UUID uuid(ResultSet row, String column) throws SQLException {
    return row.getObject(column, UUID.class);
  }

  private static @Nullable Instant instant(@Nullable Timestamp timestamp) {
    return timestamp == null ? null : timestamp.toInstant();
  }
}
