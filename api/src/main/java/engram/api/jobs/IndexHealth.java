package engram.api.jobs;

import engram.retrieval.Indexing;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/// Ready once searches have caught up with the database: an index that is built from nothing, or
/// comes from an old backup, answers wrongly, not slowly, so its server must not get requests yet.
/// Once it has caught up it stays ready: changes that pour in faster than they are applied make
/// searches late, and taking the server away would not help.
@Component("indexHealthIndicator")
final class IndexHealth implements HealthIndicator {
  static final int LAG_CHANGES_MAX = 1_000;

  private final Indexing indexing;
  private volatile boolean caughtUp;

  IndexHealth(Indexing indexing) {
    this.indexing = indexing;
  }

  @Override
  public Health health() {
    Indexing.State state = indexing.state();
    boolean empty = state.appliedSeq() == 0 && state.headSeq() > 0;
    caughtUp |= !empty && state.lagChanges() <= LAG_CHANGES_MAX;
    Health.Builder health = caughtUp && !empty ? Health.up() : Health.outOfService();
    return health
        .withDetail("appliedSeq", state.appliedSeq())
        .withDetail("headSeq", state.headSeq())
        .withDetail("rebuilding", state.rebuilding())
        .build();
  }
}
