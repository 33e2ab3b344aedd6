package engram.retrieval.library;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.UUID;

/// Notes that collections are used, which puts off their expiry.
public final class CollectionActivity {
  private static final Duration RESOLUTION = Duration.ofMinutes(1);

  private static final int REMEMBERED_MAX = 10_000;

  private final Store store;
  private final Cache<String, Boolean> noted =
      Caffeine.newBuilder().maximumSize(REMEMBERED_MAX).expireAfterWrite(RESOLUTION).build();

  public CollectionActivity(Store store) {
    this.store = store;
  }

  /// Costs a look into memory; writes at most once a minute for a collection.
  public void touch(UUID tenant, Collection<String> collectionIds) {
    List<String> due = collectionIds.stream().filter(id -> noted.getIfPresent(id) == null).toList();
    if (due.isEmpty()) {
      return;
    }
    due.forEach(id -> noted.put(id, true));
    Instant now = store.now();
    store
        .transactions()
        .inTenant(
            tenant,
            () -> {
              store
                  .sql()
                  .sql(
                      """
                      update collections set last_active_at = :now where id in (
                        select id from collections
                        where id = any(:ids::text[]) and last_active_at < :before
                        order by id for update skip locked)
                      """)
                  .param("now", Timestamp.from(now))
                  .param("before", Timestamp.from(now.minus(RESOLUTION)))
                  .param("ids", due.toArray(String[]::new))
                  .update();
            });
  }
}
