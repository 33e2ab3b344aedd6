package engram.api.jobs;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// How background work runs.
///
/// @param ingest documents that are ingested at the same time; 0 leaves ingestion to other replicas
/// @param idleMax the longest pause between two looks for work
/// @param indexCommit how often the index is made durable; a crash re-applies at most that much
/// @param sweep how often what nothing refers to is removed
/// @param orphanGrace how old such a thing must be
/// @param outboxKept changes that stay in the outbox for the indexes of other replicas
@ConfigurationProperties("engram.workers")
public record WorkerSettings(
    @DefaultValue("2") int ingest,
    @DefaultValue("250ms") Duration idleMax,
    @DefaultValue("5s") Duration indexCommit,
    @DefaultValue("10m") Duration sweep,
    @DefaultValue("1h") Duration orphanGrace,
    @DefaultValue("100000") long outboxKept) {
  public WorkerSettings {
    if (ingest < 0 || ingest > 64) {
      throw new IllegalArgumentException("engram.workers.ingest " + ingest + " is not in [0, 64]");
    }
    for (Duration duration : new Duration[] {idleMax, indexCommit, sweep}) {
      if (duration.isNegative() || duration.isZero()) {
        throw new IllegalArgumentException(
            "engram.workers: " + duration + " is not a positive duration");
      }
    }
  }
}
