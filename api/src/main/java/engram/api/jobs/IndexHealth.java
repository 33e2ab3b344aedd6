package engram.api.jobs;

import engram.retrieval.Indexing;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/// Ready when searches see something: an index that has to be built from nothing answers wrongly,
/// not slowly, so its server must not get requests yet.
@Component("indexHealthIndicator")
final class IndexHealth implements HealthIndicator {
  private final Indexing indexing;

  IndexHealth(Indexing indexing) {
    this.indexing = indexing;
  }

  @Override
  public Health health() {
    Indexing.State state = indexing.state();
    boolean empty = state.appliedSeq() == 0 && state.headSeq() > 0;
    Health.Builder health = empty ? Health.outOfService() : Health.up();
    return health
        .withDetail("appliedSeq", state.appliedSeq())
        .withDetail("headSeq", state.headSeq())
        .withDetail("rebuilding", state.rebuilding())
        .build();
  }
}
