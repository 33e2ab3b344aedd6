package engram.memory;

import java.util.UUID;
import java.util.function.BooleanSupplier;

/// Tidies up what a user's memories have become, as a durable job: events that say nothing that
/// another one does not say are marked, so that recall shows one of them; what was said again lasts
/// longer in the levels; profiles are written anew. The log keeps every event.
///
/// Threads: any.
public interface Consolidation {
  /// The kind of its jobs in the ledger.
  String KIND = "memory.consolidate";

  /// Enqueues the work for a user; one that is queued or running stands for it.
  ///
  /// @return the job's id
  UUID enqueue(UUID tenant, String user);

  /// Works on one job until it is done or `stop` says so; the next worker goes on where it ended.
  ///
  /// @param owner names the worker
  /// @return whether there was one
  boolean runNext(String owner, BooleanSupplier stop);
}
