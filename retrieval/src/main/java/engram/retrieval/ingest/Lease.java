package engram.retrieval.ingest;

import engram.db.Job;
import engram.db.JobClaims;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps a claim alive from a thread of its own while a document is worked on, and says when to
/// stop: the lease is lost, or someone asked for the end.
final class Lease implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Lease.class);
  private static final long REPORT_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

  private final JobClaims claims;
  private final Job.Claim claim;
  private final Duration length;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;
  private volatile boolean stop;
  private String stage = "";
  private long reportedAt;

  Lease(JobClaims claims, Job.Claim claim, Duration length) {
    this.claims = claims;
    this.claim = claim;
    this.length = length;
    this.thread = Thread.ofVirtual().name("ingest-heartbeat-" + claim.subject()).start(this::beat);
  }

  boolean shouldStop() {
    return stop;
  }

  /// Cancels are noticed at the next beat, so beats are not much rarer than people are patient.
  private void beat() {
    long everyMillis = Math.min(length.toMillis() / 3, 2_000);
    long aliveUntil = System.nanoTime() + length.toNanos();
    try {
      while (!stop && !closed.await(everyMillis, TimeUnit.MILLISECONDS)) {
        long asked = System.nanoTime();
        try {
          if (claims.heartbeat(claim, length)) {
            aliveUntil = asked + length.toNanos();
          } else {
            stop = true;
          }
        } catch (RuntimeException e) {
          LOG.warn("The lease of document {} could not be renewed", claim.subject(), e);
          stop = System.nanoTime() > aliveUntil;
        }
      }
    } catch (InterruptedException e) {
      stop = true;
    }
  }

  /// Writes progress down, at most a few times a second except when the stage changes. Called by
  /// the working thread only.
  void report(String newStage, Map<String, Object> counts) {
    long now = System.nanoTime();
    if (newStage.equals(stage) && now - reportedAt < REPORT_EVERY_NANOS) {
      return;
    }
    stage = newStage;
    reportedAt = now;
    Map<String, Object> report = new java.util.HashMap<>(counts);
    report.put("stage", newStage);
    if (!claims.progress(claim, report)) {
      stop = true;
    }
  }

  @Override
  public void close() {
    closed.countDown();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
