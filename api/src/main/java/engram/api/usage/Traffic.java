package engram.api.usage;

import engram.db.Transactions;
import jakarta.annotation.PreDestroy;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/// Counts requests and tokens in memory and adds them to the database every half minute, so that no
/// request waits for it. What the last half minute counted is lost in a crash. Threads: any.
@Component
public class Traffic {
  private static final Logger LOG = LoggerFactory.getLogger(Traffic.class);

  /// Hours of tenants that wait to be written; beyond it nothing new is counted.
  private static final int WAITING_MAX = 100_000;

  private final JdbcClient jdbc;
  private final Transactions transactions;
  private final Clock clock;
  private Map<Slot, Count> waiting = new HashMap<>();

  private record Slot(UUID tenant, Instant hour, Operation operation) {}

  private static final class Count {
    private long requests;
    private long failures;
    private long tokens;
    private final long[] latencies = new long[Latencies.BUCKETS];
  }

  public Traffic(JdbcClient jdbc, Transactions transactions, Clock clock) {
    this.jdbc = jdbc;
    this.transactions = transactions;
    this.clock = clock;
  }

  /// One hour of one operation, over all replicas.
  public record Hour(
      Instant at,
      Operation operation,
      long requests,
      long failures,
      long tokens,
      Latencies latencies) {}

  public void count(UUID tenant, Operation operation, Duration took, boolean failed) {
    synchronized (this) {
      Count count = slot(tenant, operation);
      count.requests++;
      count.failures += failed ? 1 : 0;
      count.latencies[Latencies.bucketOf(took.toNanos() / 1e6)]++;
    }
  }

  /// Tokens that models read and wrote for answers, whoever asked for them.
  public void countTokens(UUID tenant, long tokens) {
    synchronized (this) {
      slot(tenant, Operation.ANSWER).tokens += tokens;
    }
  }

  /// Oldest first; what this replica has counted is written before.
  ///
  /// @param to exclusive
  public List<Hour> hours(UUID tenant, Instant from, Instant to) {
    write();
    return transactions.readInTenant(
        tenant,
        () ->
            jdbc
                .sql(
                    """
                    select hour, operation, requests, failures, tokens, latencies from request_hours
                     where tenant_id = ? and hour >= ? and hour < ? order by hour, operation
                    """)
                .param(tenant)
                .param(from.atOffset(ZoneOffset.UTC))
                .param(to.atOffset(ZoneOffset.UTC))
                .query((row, _) -> map(row))
                .list()
                .stream()
                .flatMap(List::stream)
                .toList());
  }

  /// Forgets hours that began before.
  ///
  /// @return how many, at most `limit`
  public int forgetBefore(Instant time, int limit) {
    return transactions.inSystem(() ->
        jdbc.sql(
                """
                delete from request_hours where ctid in (
                  select ctid from request_hours where hour < ? limit ? for update skip locked)
                """)
            .param(time.atOffset(ZoneOffset.UTC))
            .param(limit)
            .update());
  }

  @Scheduled(initialDelay = 30_000, fixedDelay = 30_000)
  void writeInTime() {
    try {
      write();
    } catch (DataAccessException | TransactionException e) {
      LOG.warn("The use of the server could not be written down: {}", e.getMessage());
    }
  }

  @PreDestroy
  void writeLast() {
    writeInTime();
  }

  private void write() {
    Map<Slot, Count> taken;
    synchronized (this) {
      taken = waiting;
      waiting = new HashMap<>();
    }
    if (!taken.isEmpty()) {
      transactions.inSystem(() -> taken.forEach(this::add));
    }
  }

  private void add(Slot slot, Count count) {
    jdbc.sql(
            """
            insert into request_hours as h
              (tenant_id, hour, operation, requests, failures, tokens, latencies)
            select id, ?, ?, ?, ?, ?, ?::bigint[] from tenants where id = ?
            on conflict (tenant_id, hour, operation) do update set
              requests = h.requests + excluded.requests,
              failures = h.failures + excluded.failures,
              tokens = h.tokens + excluded.tokens,
              latencies = array(
                select a + b from unnest(h.latencies, excluded.latencies)
                  with ordinality as both_of(a, b, place) order by place)
            """)
        .param(slot.hour().atOffset(ZoneOffset.UTC))
        .param(slot.operation().label())
        .param(count.requests)
        .param(count.failures)
        .param(count.tokens)
        .param(Arrays.stream(count.latencies).boxed().toArray(Long[]::new))
        .param(slot.tenant())
        .update();
  }

  private Count slot(UUID tenant, Operation operation) {
    Slot slot = new Slot(tenant, clock.instant().truncatedTo(ChronoUnit.HOURS), operation);
    return waiting.size() >= WAITING_MAX && !waiting.containsKey(slot)
        ? new Count()
        : waiting.computeIfAbsent(slot, _ -> new Count());
  }

  /// Nothing for an operation that a newer Engram counts.
  private static List<Hour> map(ResultSet row) throws SQLException {
    Long[] latencies = (Long[]) row.getArray("latencies").getArray();
    Instant hour = row.getObject("hour", OffsetDateTime.class).toInstant();
    long requests = row.getLong("requests");
    long failures = row.getLong("failures");
    long tokens = row.getLong("tokens");
    return Operation.ofLabel(row.getString("operation"))
        .map(operation ->
            new Hour(
                hour, operation, requests, failures, tokens, new Latencies(List.of(latencies))))
        .stream()
        .toList();
  }
}
