package engram.retrieval.ingest;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.function.DoubleSupplier;

/// What operators see of ingestion: `engram.ingest.*`.
final class IngestMetrics {
  /// How the way of a document ended.
  enum Outcome {
    COMPLETED,
    UNCHANGED,
    FAILED,
    STOPPED,
    RETRIED,
    DEAD,
    LEASE_LOST
  }

  private final MeterRegistry registry;

  IngestMetrics(MeterRegistry registry, DoubleSupplier queueAgeSeconds) {
    this.registry = registry;
    Gauge.builder("engram.ingest.queue.age", queueAgeSeconds::getAsDouble)
        .description("How long the oldest document has been waiting that could be taken now")
        .baseUnit("seconds")
        .register(registry);
  }

  void ended(Outcome outcome) {
    String tag = outcome.name().toLowerCase(java.util.Locale.ROOT);
    registry.counter("engram.ingest.documents", "outcome", tag).increment();
  }

  void stage(String stage, long nanos) {
    registry.timer("engram.ingest.stage", "stage", stage).record(Duration.ofNanos(nanos));
  }
}
