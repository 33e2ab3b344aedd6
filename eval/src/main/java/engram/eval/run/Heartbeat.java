package engram.eval.run;

import engram.db.Job;
import engram.db.JobClaims;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps a claim alive from a thread of its own while a query is worked on, which a model may make
/// long, and says when to stop: the claim is lost, or someone asked for the end.
final class Heartbeat implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Heartbeat.class);
  private static final long BEAT_MILLIS_MAX = 2_000;

  private final JobClaims claims;
  private final Job.Claim claim;
  private final Duration lease;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;
  private volatile boolean stop;

  Heartbeat(JobClaims claims, Job.Claim claim, Duration lease) {
    this.claims = claims;
    this.claim = claim;
    this.lease = lease;
    this.thread =
        Thread.ofVirtual().name("evaluate-heartbeat-" + claim.subject()).start(this::beat);
  }

  boolean shouldStop() {
    return stop;
  }

  private void beat() {
    long everyMillis = Math.min(lease.toMillis() / 3, BEAT_MILLIS_MAX);
    long aliveUntil = System.nanoTime() + lease.toNanos();
    try {
      while (!stop && !closed.await(everyMillis, TimeUnit.MILLISECONDS)) {
        long asked = System.nanoTime();
        try {
          if (claims.heartbeat(claim, lease)) {
            aliveUntil = asked + lease.toNanos();
          } else {
            stop = true;
          }
        } catch (RuntimeException e) {
          LOG.warn("The lease of evaluation {} could not be renewed", claim.subject(), e);
          stop = System.nanoTime() > aliveUntil;
        }
      }
    } catch (InterruptedException e) {
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
