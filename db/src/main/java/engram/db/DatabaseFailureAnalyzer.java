package engram.db;

import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;

/// Tells the person who started the server why the database cannot be used, without a stack trace.
final class DatabaseFailureAnalyzer implements FailureAnalyzer {
  private static final int CAUSES_MAX = 50;

  @Override
  public @Nullable FailureAnalysis analyze(Throwable failure) {
    Throwable cause = failure;
    for (int i = 0; cause != null && i < CAUSES_MAX; i++) {
      if (cause instanceof DatabaseStartException known) {
        return new FailureAnalysis(String.valueOf(known.getMessage()), known.action(), known);
      }
      if (cause instanceof FlywayException schema) {
        return analyze(schema);
      }
      cause = cause.getCause();
    }
    return null;
  }

  private static FailureAnalysis analyze(FlywayException schema) {
    String message = String.valueOf(schema.getMessage());
    if (message.contains("not resolved locally")) {
      return new FailureAnalysis(
          "The database belongs to a newer Engram: it has migrations that this one does not know.",
          "Start the newer Engram on it, or restore a backup from before the upgrade.",
          schema);
    }
    return new FailureAnalysis(
        "The database's schema could not be brought up to date: " + message.strip(),
        "Nothing was half done: each migration runs in a transaction of its own.",
        schema);
  }
}
