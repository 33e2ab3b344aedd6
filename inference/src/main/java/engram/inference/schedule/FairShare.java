package engram.inference.schedule;

import java.util.HashMap;
import java.util.Map;

/// Who has had how much: the virtual token counter of Sheng et al., Fairness in Serving Large
/// Language Models, OSDI 2024, algorithm 2. Whoever has the lowest counter goes next; each computed
/// token raises its tenant's. A tenant that comes back after idling starts at the lowest counter of
/// those that wait, so idling saves nothing up.
///
/// Where we differ: tokens of prompts and outputs cost the same, as they cost our passes; and the
/// counters of tenants that have nothing here are forgotten.
///
/// Threads: the engine's.
final class FairShare {
  private final Map<String, Account> accounts = new HashMap<>();

  /// The counter that the last tenant to leave had: where the next begins if nobody is there.
  private double lastCounter;

  private static final class Account {
    double counter;
    int requests;
  }

  /// A request of the tenant came.
  void enter(String tenant) {
    Account account = accounts.get(tenant);
    if (account == null) {
      account = new Account();
      account.counter =
          accounts.values().stream().mapToDouble(a -> a.counter).min().orElse(lastCounter);
      accounts.put(tenant, account);
    }
    account.requests++;
  }

  /// A request of the tenant ended.
  void leave(String tenant) {
    Account account = accounts.get(tenant);
    if (account != null && --account.requests == 0) {
      accounts.remove(tenant);
      lastCounter = Math.max(lastCounter, account.counter);
    }
  }

  void charge(String tenant, int tokens) {
    Account account = accounts.get(tenant);
    if (account != null) {
      account.counter += tokens;
    }
  }

  double counter(String tenant) {
    Account account = accounts.get(tenant);
    return account == null ? 0 : account.counter;
  }
}
