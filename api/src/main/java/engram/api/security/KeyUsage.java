package engram.api.security;

import engram.db.Transactions;
import jakarta.annotation.PreDestroy;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// When keys were last used, and how often those with a budget: gathered in memory and written once
/// a minute, so that no request waits for it. What the last minute gathered is lost in a crash.
/// Threads: any.
@Component
class KeyUsage {
  private static final Logger LOG = LoggerFactory.getLogger(KeyUsage.class);
  private static final int KEYS_MAX = 100_000;

  private final JdbcClient jdbc;
  private final Transactions transactions;
  private final Clock clock;
  private Map<String, Use> uses = new HashMap<>();

  private record Use(Instant lastAt, long countedRequests) {}

  KeyUsage(JdbcClient jdbc, Transactions transactions, Clock clock) {
    this.jdbc = jdbc;
    this.transactions = transactions;
    this.clock = clock;
  }

  synchronized void add(ApiKey key) {
    if (uses.size() >= KEYS_MAX && !uses.containsKey(key.id())) {
      return;
    }
    long requests = key.budget().equals(ApiKey.Budget.UNLIMITED) ? 0 : 1;
    uses.merge(
        key.id(),
        new Use(clock.instant(), requests),
        (old, more) -> new Use(more.lastAt(), old.countedRequests() + more.countedRequests()));
  }

  @Scheduled(initialDelay = 60_000, fixedDelay = 60_000)
  void writeEveryMinute() {
    try {
      write();
    } catch (DataAccessException | TransactionException e) {
      LOG.warn("The use of API keys could not be written down: {}", e.getMessage());
    }
  }

  @PreDestroy
  void writeLast() {
    writeEveryMinute();
  }

  void write() {
    Map<String, Use> batch = take();
    if (batch.isEmpty()) {
      return;
    }
    List<Map.Entry<String, Use>> entries = List.copyOf(batch.entrySet());
    String[] ids = entries.stream().map(Map.Entry::getKey).toArray(String[]::new);
    Timestamp[] times =
        entries.stream().map(e -> Timestamp.from(e.getValue().lastAt())).toArray(Timestamp[]::new);
    Long[] requests =
        entries.stream().map(e -> e.getValue().countedRequests()).toArray(Long[]::new);
    transactions.inSystem(() -> {
      jdbc.sql(
              """
              update api_keys k set last_used_at = greatest(k.last_used_at, u.at)
                from unnest(?::text[], ?::timestamptz[]) as u(id, at) where k.id = u.id
              """)
          .param(ids)
          .param(times)
          .update();
      jdbc.sql(
              """
              insert into api_key_usage (tenant_id, key_id, day, requests)
                select k.tenant_id, k.id, ?::date, u.requests
                  from unnest(?::text[], ?::bigint[]) as u(id, requests)
                  join api_keys k on k.id = u.id where u.requests > 0
              on conflict (key_id, day) do update
                set requests = api_key_usage.requests + excluded.requests
              """)
          .param(LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC))
          .param(ids)
          .param(requests)
          .update();
    });
  }

  private synchronized Map<String, Use> take() {
    Map<String, Use> taken = uses;
    uses = new HashMap<>();
    return taken;
  }
}
