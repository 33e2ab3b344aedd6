package engram.api.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import engram.api.error.Failure;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.db.Job;
import engram.db.JobLedger;
import engram.retrieval.NotFoundException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;

/// The tenant's long work, with the reasons of what failed. The ledger reads in the scope of the
/// request, which is the caller's tenant.
@RestController
@RequestMapping("/api/jobs")
@Requires(Verb.ADMIN)
class JobsController {
  private final JobLedger ledger;

  JobsController(JobLedger ledger) {
    this.ledger = ledger;
  }

  @JsonInclude(JsonInclude.Include.NON_NULL)
  record JobView(
      UUID id,
      String kind,
      String subject,
      String state,
      int attempts,
      int maxAttempts,
      boolean cancelRequested,
      @Nullable JsonNode progress,
      @Nullable Reason failure,
      Instant runAfter,
      Instant createdAt,
      @Nullable Instant startedAt,
      @Nullable Instant finishedAt) {}

  record Reason(String code, String message) {}

  record Jobs(
      List<JobView> items, boolean hasMore, @Nullable UUID next, Map<String, Long> counts) {}

  /// @param state one or several of `queued`, `running`, `succeeded`, `failed`, `cancelled`, `dead`
  @GetMapping
  Jobs list(
      @RequestParam(required = false) @Nullable List<String> state,
      @RequestParam(required = false) @Nullable List<String> kind,
      @RequestParam(required = false) @Nullable String subject,
      @RequestParam(required = false) @Nullable UUID after,
      @RequestParam(required = false) @Nullable Integer limit) {
    Job.Filter filter =
        new Job.Filter(states(state), kind == null ? Set.of() : Set.copyOf(kind), subject);
    Job.Page page = ledger.list(filter, after, Listing.limit(limit));
    Map<String, Long> counts = new TreeMap<>();
    ledger.counts().forEach((one, count) -> counts.put(one.text(), count));
    return new Jobs(
        page.jobs().stream().map(JobsController::view).toList(),
        page.next() != null,
        page.next(),
        counts);
  }

  @GetMapping("/{id}")
  JobView get(@PathVariable UUID id) {
    return ledger
        .find(id)
        .map(JobsController::view)
        .orElseThrow(() -> new NotFoundException("job", id.toString()));
  }

  @PostMapping("/{id}/retry")
  JobView retry(@PathVariable UUID id) {
    JobView job = get(id);
    if (!ledger.retry(id)) {
      throw Failure.of(
              409,
              "job_not_retryable",
              "The job is " + job.state() + ", or another one works on the same subject.")
          .toException();
    }
    return get(id);
  }

  @PostMapping("/{id}/cancel")
  JobView cancel(@PathVariable UUID id) {
    JobView job = get(id);
    if (!ledger.cancel(id)) {
      throw Failure.of(409, "job_finished", "The job is " + job.state() + " already.")
          .toException();
    }
    return get(id);
  }

  private static Set<Job.State> states(@Nullable List<String> texts) {
    if (texts == null) {
      return Set.of();
    }
    try {
      return texts.stream().map(Job.State::of).collect(Collectors.toSet());
    } catch (IllegalArgumentException e) {
      throw Failure.invalid(
              "state",
              "'state' is one of "
                  + Arrays.stream(Job.State.values())
                      .map(Job.State::text)
                      .collect(Collectors.joining(", "))
                  + ".")
          .toException();
    }
  }

  /// Neither the parameters, which may quote documents, nor whose worker holds it.
  private static JobView view(Job job) {
    return new JobView(
        job.id(),
        job.kind(),
        job.subject(),
        job.state().text(),
        job.attempts(),
        job.maxAttempts(),
        job.cancelRequested(),
        job.progress(),
        job.errorCode() == null
            ? null
            : new Reason(job.errorCode(), job.errorMessage() == null ? "" : job.errorMessage()),
        job.runAfter(),
        job.createdAt(),
        job.startedAt(),
        job.finishedAt());
  }
}
