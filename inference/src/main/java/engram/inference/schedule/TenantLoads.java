package engram.inference.schedule;

import engram.inference.EngineStatus.TenantLoad;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/// Who has how much of a model: its requests, and the pages of its cache.
///
/// Counting walks over all sequences, so while passes follow each other it is done a few times a
/// second, not after each.
///
/// Threads: the engine's.
final class TenantLoads {
  private static final Duration HOLDS = Duration.ofMillis(250);

  private final List<Job> waiting;
  private final List<Job> running;
  private final PrefixTree prefixes;
  private List<TenantLoad> last = List.of();
  private long lookedAt = System.nanoTime() - HOLDS.toNanos();

  /// The lists stay the scheduler's.
  TenantLoads(List<Job> waiting, List<Job> running, PrefixTree prefixes) {
    this.waiting = waiting;
    this.running = running;
    this.prefixes = prefixes;
  }

  /// By tenant.
  List<TenantLoad> look(boolean anew) {
    long now = System.nanoTime();
    if (anew || now - lookedAt >= HOLDS.toNanos()) {
      lookedAt = now;
      last = count();
    }
    return last;
  }

  private List<TenantLoad> count() {
    Map<String, Integer> pages = prefixes.pagesByScope();
    Map<String, Integer> tierPages = new HashMap<>();
    Map<String, Integer> waitingCount = new HashMap<>();
    Map<String, Integer> runningCount = new HashMap<>();
    for (Job job : waiting) {
      waitingCount.merge(job.request.tenant(), 1, Integer::sum);
      Demoted demoted = job.demoted();
      if (demoted != null) {
        tierPages.merge(job.request.tenant(), demoted.pages(), Integer::sum);
      }
    }
    for (Job job : running) {
      runningCount.merge(job.request.tenant(), 1, Integer::sum);
      pages.merge(job.request.tenant(), job.ownPages(), Integer::sum);
    }
    TreeSet<String> all = new TreeSet<>(pages.keySet());
    all.addAll(waitingCount.keySet());
    all.addAll(runningCount.keySet());
    return all.stream()
        .map(tenant ->
            new TenantLoad(
                tenant,
                waitingCount.getOrDefault(tenant, 0),
                runningCount.getOrDefault(tenant, 0),
                pages.getOrDefault(tenant, 0),
                tierPages.getOrDefault(tenant, 0)))
        .toList();
  }
}
