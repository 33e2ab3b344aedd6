package engram.memory;

import java.time.Duration;
import java.util.UUID;

/// The index of this process over the event logs, derived from the database and rebuilt from it
/// when it is lost. One per data folder.
public interface MemoryIndexing {
  /// Takes up some of what the logs have and the index has not, and makes it recallable.
  ///
  /// @return whether there was something
  boolean applyNext();

  /// Makes what was taken up durable, so that a restart does not do it again.
  void commit();

  /// The last number of a tenant's log that recall sees.
  long appliedSeq(UUID tenant);

  /// Takes up what there is until recall sees a number.
  ///
  /// @return false if the time was over first
  boolean awaitApplied(UUID tenant, long seq, Duration timeout);

  /// Events in the index, of all tenants.
  long count();
}
