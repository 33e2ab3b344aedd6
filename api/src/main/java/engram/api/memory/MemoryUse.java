package engram.api.memory;

import engram.api.security.Caller;
import engram.memory.AccessHistory;
import engram.memory.MemoryScope;
import java.util.List;
import org.springframework.stereotype.Component;

/// Writes down who read and wrote which memories.
@Component
public class MemoryUse {
  private final AccessHistory history;

  public MemoryUse(AccessHistory history) {
    this.history = history;
  }

  /// @param items numbers of what was shown
  public void read(Caller caller, MemoryScope scope, String operation, List<Long> items) {
    history.add(scope, caller.keyId(), operation, false, items, caller.requestId());
  }

  /// @param items numbers of what was written or changed
  public void wrote(Caller caller, MemoryScope scope, String operation, List<Long> items) {
    history.add(scope, caller.keyId(), operation, true, items, caller.requestId());
  }
}
