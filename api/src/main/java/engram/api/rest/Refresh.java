package engram.api.rest;

import engram.api.error.Failure;
import engram.api.jobs.Workers;
import engram.retrieval.Access;
import engram.retrieval.Document;
import engram.retrieval.DocumentStatus;
import engram.retrieval.Library;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// `?refresh=wait`: a write returns when searches on this server see it.
@Component
class Refresh {
  private static final Duration WAIT_MAX = Duration.ofSeconds(60);

  /// Ingestion may run in another process, which cannot signal this one.
  private static final Duration LOOK_MAX = Duration.ofMillis(500);

  /// A step wakes everybody who waits: the more often one has looked, the longer it rests between
  /// two looks, so that many waiters do not keep the database from the work that they wait for.
  private static final Duration REST_FIRST = Duration.ofMillis(1);

  private static final Duration REST_MAX = Duration.ofMillis(256);

  private final Library library;
  private final Workers workers;

  Refresh(Library library, Workers workers) {
    this.library = library;
    this.workers = workers;
  }

  static boolean asked(@Nullable String refresh) {
    return switch (refresh == null ? "none" : refresh) {
      case "none", "false" -> false;
      case "wait", "wait_for" -> true;
      default -> throw Failure.invalid("refresh", "'refresh' is 'wait' or 'none'.").toException();
    };
  }

  /// Waits until the document is searchable or will not be.
  ///
  /// @return its state then, still in progress if the time was over first
  Document await(Access access, String collectionId, String fileId) {
    Instant deadline = Instant.now().plus(WAIT_MAX);
    Duration rest = REST_FIRST;
    workers.hurry();
    long seen = workers.steps();
    Document document = library.document(access, collectionId, fileId);
    try {
      while (document.status() == DocumentStatus.IN_PROGRESS && Instant.now().isBefore(deadline)) {
        workers.awaitStep(seen, LOOK_MAX);
        Thread.sleep(rest);
        rest = rest.compareTo(REST_MAX) < 0 ? rest.multipliedBy(2) : REST_MAX;
        seen = workers.steps();
        document = library.document(access, collectionId, fileId);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return document;
  }
}
