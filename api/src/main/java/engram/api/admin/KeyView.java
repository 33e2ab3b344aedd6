package engram.api.admin;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import engram.api.security.ApiKey;
import engram.api.security.FilterJson;
import engram.api.security.Verb;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/// A key as administrators see it.
@JsonNaming(SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.ALWAYS)
record KeyView(
    String id,
    String name,
    String prefix,
    List<String> verbs,
    @Nullable List<String> collections,
    @Nullable Map<String, Object> filter,
    List<String> principals,
    boolean readsAll,
    @Nullable Integer requestsPerMinute,
    @Nullable Long tokensPerDay,
    String createdBy,
    Instant createdAt,
    @Nullable Instant expiresAt,
    @Nullable Instant revokedAt,
    @Nullable Instant lastUsedAt) {

  /// @param secret not to be had a second time
  record Created(@JsonUnwrapped KeyView key, String secret) {}

  static KeyView of(ApiKey key) {
    return new KeyView(
        key.id(),
        key.name(),
        key.prefix(),
        labels(key.verbs()),
        key.collections() == null ? null : key.collections().stream().sorted().toList(),
        key.filter() == null ? null : FilterJson.toJson(key.filter()),
        key.principals().stream().sorted().toList(),
        key.readsAll(),
        key.budget().requestsPerMinute(),
        key.budget().tokensPerDay(),
        key.createdBy(),
        key.createdAt(),
        key.expiresAt(),
        key.revokedAt(),
        key.lastUsedAt());
  }

  static List<String> labels(Set<Verb> verbs) {
    return verbs.stream().sorted().map(Verb::label).toList();
  }
}
