package engram.api;

import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// All settings of the api room, under `engram.api`.
///
/// @param jsonBytesMax largest body of JSON, text or a form; longer ones are refused with 413
/// @param uploadBytesMax largest body of any other type, multipart uploads among them
/// @param concurrentRequestsMax requests worked on at once; more are refused with 503, streams
///   count until they end
/// @param corsOrigins web origins whose pages may call this server; none by default
/// @param keyCacheTtl how long another replica may go on accepting a key that was revoked here
/// @param keyCacheEntriesMax keys remembered at most
@ConfigurationProperties("engram.api")
public record ApiSettings(
    @DefaultValue("8MB") DataSize jsonBytesMax,
    @DefaultValue("512MB") DataSize uploadBytesMax,
    @DefaultValue("512") int concurrentRequestsMax,
    @DefaultValue List<String> corsOrigins,
    @DefaultValue("5s") Duration keyCacheTtl,
    @DefaultValue("10000") int keyCacheEntriesMax,
    @DefaultValue Idempotency idempotency) {

  private static final Duration KEY_CACHE_TTL_MAX = Duration.ofSeconds(5);

  public ApiSettings {
    corsOrigins = List.copyOf(corsOrigins);
    atLeast("json-bytes-max", jsonBytesMax.toBytes(), 1024);
    atLeast("upload-bytes-max", uploadBytesMax.toBytes(), 1024);
    atLeast("concurrent-requests-max", concurrentRequestsMax, 1);
    atLeast("key-cache-entries-max", keyCacheEntriesMax, 1);
    if (keyCacheTtl.isNegative() || keyCacheTtl.compareTo(KEY_CACHE_TTL_MAX) > 0) {
      throw new IllegalArgumentException(
          "engram.api.key-cache-ttl " + keyCacheTtl + " is not in [0s, 5s]");
    }
    if (corsOrigins.contains("*")) {
      throw new IllegalArgumentException(
          "engram.api.cors-origins: name the origins; \"*\" would let every web page call");
    }
  }

  /// Repeated requests.
  ///
  /// @param keep how long a response can be replayed
  /// @param runningMax after so long a request that never finished is taken to be lost
  /// @param responseBytesMax longer responses are not kept, and their requests not protected
  public record Idempotency(
      @DefaultValue("24h") Duration keep,
      @DefaultValue("15m") Duration runningMax,
      @DefaultValue("1MB") DataSize responseBytesMax) {
    public Idempotency {
      positive("idempotency.keep", keep);
      positive("idempotency.running-max", runningMax);
      atLeast("idempotency.response-bytes-max", responseBytesMax.toBytes(), 1);
    }
  }

  private static void atLeast(String name, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException("engram.api." + name + " " + value + " < " + least);
    }
  }

  private static void positive(String name, Duration value) {
    if (!value.isPositive()) {
      throw new IllegalArgumentException("engram.api." + name + " " + value + " is not positive");
    }
  }
}
