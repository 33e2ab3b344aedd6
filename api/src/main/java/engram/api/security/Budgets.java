package engram.api.security;

import engram.api.error.Failure;
import engram.api.usage.Traffic;
import engram.db.Transactions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/// What keys may use up. A key without a budget costs nothing here.
///
/// Requests are counted by each replica for itself, by the generic cell rate algorithm (ITU-T
/// I.371): a minute's worth may come at once, and then one as often as the rate says. Tokens are
/// counted in the database for a day of UTC, and looked up every few seconds: a key can overdraw
/// its day by what it spends in that time and by its last answer. Threads: any.
@Component
public class Budgets {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration TOKENS_KNOWN_FOR = Duration.ofSeconds(5);

  /// Beyond it the key that was quiet for longest starts with a full budget again.
  private static final int KEYS_MAX = 100_000;

  private final JdbcClient jdbc;
  private final Transactions transactions;
  private final Traffic traffic;
  private final Clock clock;
  private final Map<String, Instant> paidUntil = bounded();
  private final Map<String, Spent> spent = bounded();

  private record Spent(LocalDate day, long tokens, Instant knownAt) {}

  /// Headers for the response, and why the request is refused, if it is.
  record Admission(Map<String, String> headers, @Nullable Failure refusal) {}

  public Budgets(JdbcClient jdbc, Transactions transactions, Traffic traffic, Clock clock) {
    this.jdbc = jdbc;
    this.transactions = transactions;
    this.traffic = traffic;
    this.clock = clock;
  }

  /// Counts tokens that a model read and wrote for the caller.
  public void spendTokens(Caller caller, long tokens) {
    if (tokens <= 0) {
      return;
    }
    traffic.countTokens(caller.tenant(), tokens);
    Instant now = clock.instant();
    LocalDate today = day(now);
    transactions
        .inTenant(
            caller.tenant(),
            () ->
                // Only keys with a budget are counted: the rest cost no write.
                jdbc.sql(
                        """
                        insert into api_key_usage (tenant_id, key_id, day, tokens)
                          select tenant_id, id, ?::date, ? from api_keys
                           where id = ? and tokens_per_day is not null
                        on conflict (key_id, day) do update
                          set tokens = api_key_usage.tokens + excluded.tokens
                        returning tokens
                        """)
                    .param(today)
                    .param(tokens)
                    .param(caller.keyId())
                    .query(Long.class)
                    .optional())
        .ifPresent(total -> remember(caller.keyId(), new Spent(today, total, now)));
  }

  /// Whether a key has tokens left for today; for work that goes on after its request.
  public boolean hasTokens(ApiKey key) {
    Long tokensPerDay = key.budget().tokensPerDay();
    return tokensPerDay == null
        || tokensToday(key.tenant(), key.id(), clock.instant()) < tokensPerDay;
  }

  Admission admit(ApiKey key) {
    Map<String, String> headers = new LinkedHashMap<>();
    Failure refusal = null;
    Instant now = clock.instant();
    Long tokensPerDay = key.budget().tokensPerDay();
    if (tokensPerDay != null) {
      refusal = admitTokens(key, tokensPerDay, now, headers);
    }
    Integer requestsPerMinute = key.budget().requestsPerMinute();
    if (refusal == null && requestsPerMinute != null) {
      refusal = admitRequest(key.id(), requestsPerMinute, now, headers);
    }
    return new Admission(headers, refusal);
  }

  private synchronized @Nullable Failure admitRequest(
      String keyId, int requestsPerMinute, Instant now, Map<String, String> headers) {
    Duration interval = MINUTE.dividedBy(requestsPerMinute);
    Instant paid = paidUntil.getOrDefault(keyId, now);
    Instant from = paid.isBefore(now) ? now : paid;
    Instant until = from.plus(interval);
    // A minute's worth less rounding: the intervals of a minute never add up to more than it.
    boolean refused = until.isAfter(now.plus(MINUTE));
    if (!refused) {
      paidUntil.put(keyId, until);
    }
    Duration debt = Duration.between(now, refused ? from : until);
    long remaining = MINUTE.minus(debt).dividedBy(interval);
    headers.put("x-ratelimit-limit-requests", Integer.toString(requestsPerMinute));
    headers.put("x-ratelimit-remaining-requests", Long.toString(Math.max(0, remaining)));
    headers.put("x-ratelimit-reset-requests", seconds(debt));
    return refused
        ? limit("This key may make " + requestsPerMinute + " requests a minute.")
            .retryAfter(Duration.between(now.plus(MINUTE), until))
        : null;
  }

  private @Nullable Failure admitTokens(
      ApiKey key, long tokensPerDay, Instant now, Map<String, String> headers) {
    long used = tokensToday(key.tenant(), key.id(), now);
    Duration tomorrow =
        Duration.between(now, day(now).plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant());
    headers.put("x-ratelimit-limit-tokens", Long.toString(tokensPerDay));
    headers.put("x-ratelimit-remaining-tokens", Long.toString(Math.max(0, tokensPerDay - used)));
    headers.put("x-ratelimit-reset-tokens", seconds(tomorrow));
    return used >= tokensPerDay
        ? limit("This key has used its " + tokensPerDay + " tokens of this day.")
            .retryAfter(tomorrow)
        : null;
  }

  private long tokensToday(UUID tenant, String keyId, Instant now) {
    LocalDate today = day(now);
    Spent known = recall(keyId);
    if (known != null
        && known.day().equals(today)
        && known.knownAt().plus(TOKENS_KNOWN_FOR).isAfter(now)) {
      return known.tokens();
    }
    long tokens =
        transactions.readInTenant(
            tenant,
            () ->
                jdbc.sql("select tokens from api_key_usage where key_id = ? and day = ?::date")
                    .param(keyId)
                    .param(today)
                    .query(Long.class)
                    .optional()
                    .orElse(0L));
    remember(keyId, new Spent(today, tokens, now));
    return tokens;
  }

  private synchronized @Nullable Spent recall(String keyId) {
    return spent.get(keyId);
  }

  private synchronized void remember(String keyId, Spent now) {
    spent.put(keyId, now);
  }

  private static Failure limit(String message) {
    return Failure.of(429, "rate_limit_exceeded", message);
  }

  private static LocalDate day(Instant at) {
    return LocalDate.ofInstant(at, ZoneOffset.UTC);
  }

  private static String seconds(Duration duration) {
    return duration.plusMillis(999).toSeconds() + "s";
  }

  private static <V> Map<String, V> bounded() {
    return new LinkedHashMap<>(16, 0.75f, true) {
      @Override
      protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
        return size() > KEYS_MAX;
      }
    };
  }
}
