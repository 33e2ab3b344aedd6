package engram.api.admin;

import engram.api.error.Failure;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.api.usage.Traffic;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/// What was asked of the server for the caller's tenant, by the hour.
@RestController
@Requires(Verb.ADMIN)
class UsageController {
  private static final Duration SHOWN = Duration.ofDays(7);
  private static final Duration SHOWN_MAX = Duration.ofDays(92);

  private final Traffic traffic;
  private final Clock clock;

  UsageController(Traffic traffic, Clock clock) {
    this.traffic = traffic;
    this.clock = clock;
  }

  /// @param p50Ms exact to the width of its bucket, about a third of it
  @JsonNaming(SnakeCaseStrategy.class)
  record HourView(
      Instant at,
      String operation,
      long requests,
      long failures,
      long tokens,
      double p50Ms,
      double p95Ms) {
    static HourView of(Traffic.Hour hour) {
      return new HourView(
          hour.at(),
          hour.operation().label(),
          hour.requests(),
          hour.failures(),
          hour.tokens(),
          hour.latencies().quantileMs(0.5),
          hour.latencies().quantileMs(0.95));
    }
  }

  /// @param hours only those in which something was asked, oldest first
  record View(Instant from, Instant to, List<HourView> hours) {}

  /// @param from a week before `to` if it is not given
  /// @param to now if it is not given; exclusive
  @GetMapping("/api/usage")
  View list(
      Caller caller,
      @RequestParam(required = false) @Nullable Instant from,
      @RequestParam(required = false) @Nullable Instant to) {
    caller.checkUnrestricted();
    Instant end = to == null ? clock.instant().plusMillis(1) : to;
    Instant begin = (from == null ? end.minus(SHOWN) : from).truncatedTo(ChronoUnit.HOURS);
    if (!begin.isBefore(end) || Duration.between(begin, end).compareTo(SHOWN_MAX) > 0) {
      throw Failure.invalid(
              "from", "From 'from' to 'to' must be more than nothing and at most 92 days.")
          .toException();
    }
    return new View(
        begin, end, traffic.hours(caller.tenant(), begin, end).stream().map(HourView::of).toList());
  }
}
