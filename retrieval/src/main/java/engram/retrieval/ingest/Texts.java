package engram.retrieval.ingest;

import engram.retrieval.library.BlobStore;
import engram.retrieval.parse.Extraction;
import engram.retrieval.parse.FailureCode;
import engram.retrieval.parse.ParseOutcome;
import engram.retrieval.parse.ParseProgress;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/// The text of a file's version: from the cache, else from the reader. Documents of the same bytes
/// that run at once in this process wait for one reading.
final class Texts {
  private static final long LOOK_UP_MILLIS = 100;

  private final Extractions extractions;
  private final BlobStore disk;
  private final Reader reader;
  private final ConcurrentMap<String, ReentrantLock> running = new ConcurrentHashMap<>();

  Texts(Extractions extractions, BlobStore disk, Reader reader) {
    this.extractions = extractions;
    this.disk = disk;
    this.reader = reader;
  }

  ParseOutcome of(Work work, ParseProgress progress, BooleanSupplier stop) {
    Optional<Extraction> known = extractions.find(work);
    if (known.isPresent()) {
      return new ParseOutcome.Parsed(known.get());
    }
    String key = work.tenant() + "/" + work.sha256() + "/" + work.filename();
    ReentrantLock lock = running.computeIfAbsent(key, k -> new ReentrantLock());
    if (!acquire(lock, stop)) {
      return new ParseOutcome.Failed(FailureCode.CANCELLED, "Stopped.");
    }
    try {
      return extractions
          .find(work)
          .<ParseOutcome>map(ParseOutcome.Parsed::new)
          .orElseGet(() -> read(work, progress, stop));
    } finally {
      // Whoever comes in between makes a lock of its own, and at worst reads once more.
      running.remove(key, lock);
      lock.unlock();
    }
  }

  private ParseOutcome read(Work work, ParseProgress progress, BooleanSupplier stop) {
    ParseOutcome outcome =
        reader.read(
            disk.path(work.tenant(), work.sha256()),
            work.filename(),
            work.declaredType(),
            progress,
            stop);
    if (outcome instanceof ParseOutcome.Parsed(Extraction extraction)) {
      extractions.keep(work, extraction);
    }
    return outcome;
  }

  private static boolean acquire(ReentrantLock lock, BooleanSupplier stop) {
    try {
      while (!stop.getAsBoolean()) {
        if (lock.tryLock(LOOK_UP_MILLIS, TimeUnit.MILLISECONDS)) {
          return true;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return false;
  }
}
