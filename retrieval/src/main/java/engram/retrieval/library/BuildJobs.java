package engram.retrieval.library;

import engram.db.Job;
import engram.db.JobLedger;
import engram.retrieval.Builds;
import java.time.Duration;
import java.util.Map;

/// The ledger's jobs of kind `build`. All in the caller's transaction.
public final class BuildJobs {
  public static final String KIND = Builds.JOB_KIND;

  /// A large build lives through many restarts of its server, and each takes an attempt.
  private static final int ATTEMPTS = 100;

  private final Store store;
  private final JobLedger ledger;

  public BuildJobs(Store store, JobLedger ledger) {
    this.store = store;
    this.ledger = ledger;
  }

  /// What a job is about.
  public record Subject(String collectionId, int build) {
    public static Subject parse(String subject) {
      int slash = subject.lastIndexOf('/');
      return new Subject(
          subject.substring(0, slash), Integer.parseInt(subject.substring(slash + 1)));
    }

    @Override
    public String toString() {
      return collectionId + "/" + build;
    }
  }

  /// One live job per build: if one is queued or running, it will see what is new by itself.
  public void enqueue(String collectionId, int build) {
    ledger.enqueue(
        new Job.Request(
            KIND,
            new Subject(collectionId, build).toString(),
            Map.of(),
            0,
            ATTEMPTS,
            Duration.ZERO));
  }

  /// Of a collection that goes.
  long remove(String collectionId) {
    return store
        .sql()
        .sql("delete from jobs where kind = :kind and starts_with(subject, :prefix)")
        .param("kind", KIND)
        .param("prefix", collectionId + "/")
        .update();
  }
}
