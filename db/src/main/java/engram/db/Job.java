package engram.db;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// One piece of long work as the ledger shows it.
///
/// @param tenant whose work it is; null for work of the whole system
/// @param kind what is to be done, for example `ingest`
/// @param subject what it is done to; one live job per tenant, kind and subject
/// @param priority higher is sooner, within one tenant
/// @param attempts times that it was claimed
/// @param progress what its worker last reported
public record Job(
    UUID id,
    @Nullable UUID tenant,
    String kind,
    String subject,
    JsonNode params,
    State state,
    int priority,
    int attempts,
    int maxAttempts,
    Instant runAfter,
    boolean cancelRequested,
    @Nullable JsonNode progress,
    @Nullable String errorCode,
    @Nullable String errorMessage,
    Instant createdAt,
    @Nullable Instant startedAt,
    @Nullable Instant finishedAt) {

  /// Where a job stands.
  public enum State {
    QUEUED,
    RUNNING,
    SUCCEEDED,
    /// Tried, and trying again makes no sense.
    FAILED,
    CANCELLED,
    /// Tried as often as it may be.
    DEAD;

    /// As the database and the API write it.
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    /// The state written `text`.
    public static State of(String text) {
      return valueOf(text.toUpperCase(Locale.ROOT));
    }

    public boolean isFinished() {
      return switch (this) {
        case QUEUED, RUNNING -> false;
        case SUCCEEDED, FAILED, CANCELLED, DEAD -> true;
      };
    }
  }

  /// Work to be done.
  ///
  /// @param params whatever Jackson can write, at most 64 KiB of JSON
  /// @param delay not before it has passed
  public record Request(
      String kind, String subject, Object params, int priority, int maxAttempts, Duration delay) {
    public static final int MAX_ATTEMPTS = 5;

    public Request {
      check("kind", kind, 64);
      check("subject", subject, 512);
      if (maxAttempts < 1 || maxAttempts > 100) {
        throw new IllegalArgumentException(
            "maxAttempts %d is not in [1, 100]".formatted(maxAttempts));
      }
      if (delay.isNegative()) {
        throw new IllegalArgumentException("delay %s is negative".formatted(delay));
      }
    }

    private static void check(String name, String value, int charsMax) {
      if (value.isEmpty() || value.length() > charsMax || value.indexOf('\0') >= 0) {
        throw new IllegalArgumentException(
            "%s must have 1 to %d characters and no NUL".formatted(name, charsMax));
      }
    }
  }

  /// The right to work on a job until the lease ends. It is lost for good when another worker
  /// claims the job, even if that worker has the same name.
  ///
  /// @param attempt counts from 1
  /// @param fence grows with every claim of this job
  public record Claim(
      UUID id,
      @Nullable UUID tenant,
      String kind,
      String subject,
      JsonNode params,
      int attempt,
      int maxAttempts,
      String owner,
      long fence) {}

  /// Which jobs to list.
  ///
  /// @param states all when empty
  /// @param kinds all when empty
  /// @param subject any when null
  public record Filter(Set<State> states, Set<String> kinds, @Nullable String subject) {
    public Filter {
      states = Set.copyOf(states);
      kinds = Set.copyOf(kinds);
    }

    public static Filter all() {
      return new Filter(Set.of(), Set.of(), null);
    }
  }

  /// Some jobs, newest first.
  ///
  /// @param next where the next page begins; null on the last one
  public record Page(List<Job> jobs, @Nullable UUID next) {
    public Page {
      jobs = List.copyOf(jobs);
    }
  }
}
