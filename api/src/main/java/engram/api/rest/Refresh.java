package engram.api.rest;

import engram.api.error.Failure;
import engram.retrieval.Access;
import engram.retrieval.Document;
import engram.retrieval.DocumentStatus;
import engram.retrieval.Indexing;
import engram.retrieval.Library;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// `?refresh=wait`: a write returns when searches on this server see it.
@Component
class Refresh {
  private static final Duration WAIT_MAX = Duration.ofSeconds(60);
  private static final Duration PAUSE_FIRST = Duration.ofMillis(10);
  private static final Duration PAUSE_MAX = Duration.ofMillis(250);

  private final Library library;
  private final Indexing indexing;

  Refresh(Library library, Indexing indexing) {
    this.library = library;
    this.indexing = indexing;
  }

  static boolean asked(@Nullable String refresh) {
    return switch (refresh == null ? "none" : refresh) {
      case "none", "false" -> false;
      case "wait", "wait_for" -> true;
      default -> throw Failure.invalid("refresh", "'refresh' is 'wait' or 'none'.").toException();
    };
  }

  /// Waits, if asked to, until searches see every change up to now.
  ///
  /// @return false if they did not in time
  boolean await(@Nullable String refresh) {
    return !asked(refresh) || indexing.awaitApplied(library.headSeq(), WAIT_MAX);
  }

  /// Waits until the document is searchable or will not be; looks again and again, because the
  /// ingestion may run in another process.
  ///
  /// @return its state then, still in progress if the time was over first
  Document await(Access access, String collectionId, String fileId) {
    Instant deadline = Instant.now().plus(WAIT_MAX);
    Duration pause = PAUSE_FIRST;
    Document document = library.document(access, collectionId, fileId);
    while (document.status() == DocumentStatus.IN_PROGRESS && Instant.now().isBefore(deadline)) {
      try {
        Thread.sleep(pause);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return document;
      }
      pause = pause.multipliedBy(2).compareTo(PAUSE_MAX) < 0 ? pause.multipliedBy(2) : PAUSE_MAX;
      document = library.document(access, collectionId, fileId);
    }
    return document;
  }
}
