package engram.api.admin;

import com.fasterxml.jackson.annotation.JsonAnySetter;
import engram.api.error.Failure;
import engram.api.security.ApiKey;
import engram.api.security.ApiKey.Budget;
import engram.api.security.Caller;
import engram.api.security.FilterJson;
import engram.api.security.KeyDraft;
import engram.api.security.KeyStore;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.db.Transactions;
import engram.retrieval.Access;
import engram.retrieval.Filter;
import engram.retrieval.NotFoundException;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Clock;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/// The keys of the caller's tenant.
@RestController
@RequestMapping("/api/keys")
@Requires(Verb.ADMIN)
class KeysController {
  private final KeyStore keys;
  private final Audit audit;
  private final Transactions transactions;
  private final Clock clock;

  KeysController(KeyStore keys, Audit audit, Transactions transactions, Clock clock) {
    this.keys = keys;
    this.audit = audit;
    this.transactions = transactions;
    this.clock = clock;
  }

  /// @param unknown any other field: refused, for a misspelt limit would be no limit
  @JsonNaming(SnakeCaseStrategy.class)
  record KeyRequest(
      @Nullable String name,
      @Nullable List<String> verbs,
      @Nullable List<String> collections,
      @Nullable JsonNode filter,
      @Nullable List<String> principals,
      @Nullable Boolean readsAll,
      @Nullable Integer requestsPerMinute,
      @Nullable Long tokensPerDay,
      @Nullable Instant expiresAt,
      @Schema(hidden = true) @JsonAnySetter @Nullable Map<String, Object> unknown) {}

  @PostMapping
  @ResponseStatus(HttpStatus.CREATED)
  KeyView.Created create(Caller caller, @RequestBody KeyRequest request) {
    KeyDraft draft = checked(request);
    KeyDraft within = withinRightsOf(caller, keys.key(caller.tenant(), caller.keyId()), draft);
    KeyStore.Created created =
        transactions.inTenant(
            caller.tenant(),
            () -> {
              KeyStore.Created made = keys.create(caller.tenant(), within, caller.keyId());
              audit.add(
                  caller,
                  "key.created",
                  "key " + made.key().id(),
                  Map.of("name", within.name(), "verbs", KeyView.labels(within.verbs())));
              return made;
            });
    return new KeyView.Created(KeyView.of(created.key()), created.secret());
  }

  @GetMapping
  Listing<KeyView> list(
      Caller caller,
      @RequestParam(defaultValue = "20") int limit,
      @RequestParam(required = false) @Nullable String after) {
    Listing.checkLimit(limit);
    List<KeyView> found =
        keys.keys(caller.tenant(), makerSeen(caller), after, limit + 1).stream()
            .map(KeyView::of)
            .toList();
    return Listing.of(found, limit, KeyView::id);
  }

  @GetMapping("/{id}")
  KeyView get(Caller caller, @PathVariable String id) {
    return KeyView.of(seen(caller, id));
  }

  /// The key is not accepted any more; what it did stays in the audit log under its id.
  @DeleteMapping("/{id}")
  KeyView revoke(Caller caller, @PathVariable String id) {
    seen(caller, id);
    if (id.equals(caller.keyId())) {
      throw Failure.of(
              409, "own_key", "A key cannot revoke itself: use another key with the verb 'admin'.")
          .toException();
    }
    return KeyView.of(
        keys.revoke(
            caller.tenant(),
            id,
            key -> audit.add(caller, "key.revoked", "key " + id, Map.of("name", key.name()))));
  }

  /// A limited administrator deals with the keys that it made, which are within its own limits.
  private ApiKey seen(Caller caller, String id) {
    ApiKey key = keys.key(caller.tenant(), id);
    String maker = makerSeen(caller);
    if (maker != null && !maker.equals(key.createdBy()) && !maker.equals(id)) {
      throw new NotFoundException("key", id);
    }
    return key;
  }

  /// Null for everybody's.
  private static @Nullable String makerSeen(Caller caller) {
    return caller.access().isUnrestricted() ? null : caller.keyId();
  }

  private KeyDraft checked(KeyRequest request) {
    if (request.unknown() != null && !request.unknown().isEmpty()) {
      String field = request.unknown().keySet().iterator().next();
      throw Failure.invalid(field, "Unknown field '" + field + "'.").toException();
    }
    if (request.name() == null) {
      throw Failure.invalid("name", "'name' is missing.").toException();
    }
    if (request.verbs() == null) {
      throw Failure.invalid("verbs", "'verbs' is missing.").toException();
    }
    if (request.expiresAt() != null && !request.expiresAt().isAfter(clock.instant())) {
      throw Failure.invalid("expires_at", "'expires_at' is not in the future.").toException();
    }
    JsonNode filter = request.filter();
    return new KeyDraft(
        request.name(),
        verbs(request.verbs()),
        request.collections() == null ? null : set(request.collections(), "collections"),
        filter == null || filter.isNull() ? null : FilterJson.parse(filter, "filter"),
        request.principals() == null ? Set.of() : set(request.principals(), "principals"),
        Boolean.TRUE.equals(request.readsAll()),
        new Budget(request.requestsPerMinute(), request.tokensPerDay()),
        request.expiresAt());
  }

  /// Nobody hands out more than they have. What the request does not limit gets the maker's limit.
  private static KeyDraft withinRightsOf(Caller caller, ApiKey maker, KeyDraft draft) {
    Access own = caller.access();
    if (!caller.verbs().containsAll(draft.verbs())) {
      throw exceeds("verbs");
    }
    if (draft.readsAll() && !own.readsAll()) {
      throw exceeds("reads_all");
    }
    if (!own.readsAll() && !own.principals().containsAll(draft.principals())) {
      throw exceeds("principals");
    }
    Set<String> collections = draft.collections() == null ? own.collections() : draft.collections();
    if (own.collections() != null
        && collections != null
        && !own.collections().containsAll(collections)) {
      throw exceeds("collections");
    }
    return new KeyDraft(
        draft.name(),
        draft.verbs(),
        collections,
        Filter.both(own.filter(), draft.filter()),
        draft.principals(),
        draft.readsAll(),
        new Budget(
            within(
                maker.budget().requestsPerMinute(),
                draft.budget().requestsPerMinute(),
                "requests_per_minute"),
            within(maker.budget().tokensPerDay(), draft.budget().tokensPerDay(), "tokens_per_day")),
        within(maker.expiresAt(), draft.expiresAt(), "expires_at"));
  }

  /// @param own null for no limit, as is `wanted`
  private static <T extends Comparable<T>> @Nullable T within(
      @Nullable T own, @Nullable T wanted, String field) {
    if (own == null || wanted == null) {
      return wanted == null ? own : wanted;
    }
    if (wanted.compareTo(own) > 0) {
      throw exceeds(field);
    }
    return wanted;
  }

  private static RuntimeException exceeds(String field) {
    String message = "'" + field + "' would give the new key more than this one has.";
    return new Failure(403, "exceeds_own_rights", message, field, List.of(), Map.of())
        .toException();
  }

  private static Set<Verb> verbs(List<String> labels) {
    Set<Verb> verbs = new HashSet<>();
    for (String label : set(labels, "verbs")) {
      verbs.add(
          Verb.ofLabel(label)
              .orElseThrow(() ->
                  Failure.invalid(
                          "verbs",
                          "'verbs' holds something that is not one of "
                              + String.join(", ", KeyView.labels(Set.of(Verb.values())))
                              + ".")
                      .toException()));
    }
    return verbs;
  }

  @SuppressWarnings("NullAway") // JSON lists may hold nulls, whatever their type says
  private static Set<String> set(List<String> values, String param) {
    if (values.stream().anyMatch(value -> value == null || value.isBlank())) {
      throw Failure.invalid(param, "'" + param + "' holds an empty entry.").toException();
    }
    return new HashSet<>(values);
  }
}
