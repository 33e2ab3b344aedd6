package engram.api.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import engram.api.admin.Audit;
import engram.api.error.Failure;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.db.Job;
import engram.db.JobLedger;
import engram.db.Transactions;
import engram.retrieval.Document;
import engram.retrieval.Ingestion;
import engram.retrieval.Library;
import engram.retrieval.NotFoundException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
  private final Library library;
  private final Transactions transactions;
  private final Audit audit;

  JobsController(JobLedger ledger, Library library, Transactions transactions, Audit audit) {
    this.ledger = ledger;
    this.library = library;
    this.transactions = transactions;
    this.audit = audit;
  }

  /// @param document that a job of kind `ingest` reads
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record JobView(
      UUID id,
      String kind,
      String subject,
      @Nullable JobDocument document,
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

  record JobDocument(String collectionId, String fileId, String filename) {}

  record Reason(String code, String message) {}

  record Jobs(
      List<JobView> items, boolean hasMore, @Nullable UUID next, Map<String, Long> counts) {}

  /// @param state one or several of `queued`, `running`, `succeeded`, `failed`, `cancelled`, `dead`
  @GetMapping
  Jobs list(
      Caller caller,
      @RequestParam(required = false) @Nullable List<String> state,
      @RequestParam(required = false) @Nullable List<String> kind,
      @RequestParam(required = false) @Nullable String subject,
      @RequestParam(required = false) @Nullable UUID after,
      @RequestParam(required = false) @Nullable Integer limit) {
    caller.checkUnrestricted();
    Job.Filter filter =
        new Job.Filter(states(state), kind == null ? Set.of() : Set.copyOf(kind), subject);
    Job.Page page = ledger.list(filter, after, Listing.limit(limit));
    Map<String, Long> counts = new TreeMap<>();
    ledger.counts().forEach((one, count) -> counts.put(one.text(), count));
    return new Jobs(views(caller, page.jobs()), page.next() != null, page.next(), counts);
  }

  @GetMapping("/{id}")
  JobView get(Caller caller, @PathVariable UUID id) {
    caller.checkUnrestricted();
    return view(caller, job(id));
  }

  private Job job(UUID id) {
    return ledger.find(id).orElseThrow(() -> new NotFoundException("job", id.toString()));
  }

  /// @return the job that is queued now: this one, or another for the same document
  @PostMapping("/{id}/retry")
  JobView retry(Caller caller, @PathVariable UUID id) {
    return transactions.inTenant(
        caller.tenant(),
        () -> {
          Job job = job(id);
          if (!isRetryable(job) || !retry(caller, job)) {
            throw Failure.of(
                    409,
                    "job_not_retryable",
                    "The job is "
                        + job.state().text()
                        + ", or another one works on the same subject.")
                .toException();
          }
          audit.add(caller, "job.retried", "job " + id, detail(job));
          return view(caller, live(job).orElseGet(() -> job(id)));
        });
  }

  private boolean isRetryable(Job job) {
    return switch (job.state()) {
      case FAILED, CANCELLED, DEAD -> live(job).isEmpty();
      case QUEUED, RUNNING, SUCCEEDED -> false;
    };
  }

  /// What a document's job does is the document's to say: both change, or neither.
  private boolean retry(Caller caller, Job job) {
    if (ingests(job)) {
      library.retryIngestion(caller.access(), job.subject());
      return true;
    }
    return ledger.retry(job.id());
  }

  @PostMapping("/{id}/cancel")
  JobView cancel(Caller caller, @PathVariable UUID id) {
    return transactions.inTenant(
        caller.tenant(),
        () -> {
          Job job = job(id);
          if (job.state().isFinished() || !cancel(caller, job)) {
            throw Failure.of(409, "job_finished", "The job is " + job.state().text() + " already.")
                .toException();
          }
          audit.add(caller, "job.cancelled", "job " + id, detail(job));
          return view(caller, job(id));
        });
  }

  private boolean cancel(Caller caller, Job job) {
    if (ingests(job)) {
      library.cancelIngestion(caller.access(), job.subject());
      return true;
    }
    return ledger.cancel(job.id());
  }

  private static Map<String, Object> detail(Job job) {
    return Map.of("kind", job.kind(), "subject", job.subject());
  }

  /// The one that waits or runs for the same subject.
  private Optional<Job> live(Job job) {
    Set<Job.State> states = Set.of(Job.State.QUEUED, Job.State.RUNNING);
    Job.Filter filter = new Job.Filter(states, Set.of(job.kind()), job.subject());
    return ledger.list(filter, null, 1).jobs().stream().findFirst();
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

  private JobView view(Caller caller, Job job) {
    return views(caller, List.of(job)).getFirst();
  }

  private List<JobView> views(Caller caller, List<Job> jobs) {
    Set<String> subjects =
        jobs.stream().filter(JobsController::ingests).map(Job::subject).collect(Collectors.toSet());
    Map<String, Document> documents = library.ingested(caller.access(), subjects);
    return jobs.stream()
        .map(job -> view(job, ingests(job) ? documents.get(job.subject()) : null))
        .toList();
  }

  private static boolean ingests(Job job) {
    return job.kind().equals(Ingestion.JOB_KIND);
  }

  /// Neither the parameters, which may quote documents, nor whose worker holds it.
  private static JobView view(Job job, @Nullable Document document) {
    return new JobView(
        job.id(),
        job.kind(),
        job.subject(),
        document == null
            ? null
            : new JobDocument(document.collectionId(), document.fileId(), document.filename()),
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
