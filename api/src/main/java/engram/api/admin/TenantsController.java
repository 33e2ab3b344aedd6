package engram.api.admin;

import engram.api.admin.Tenants.Tenant;
import engram.api.error.Failure;
import engram.api.security.ApiKey.Budget;
import engram.api.security.Caller;
import engram.api.security.KeyDraft;
import engram.api.security.KeyStore;
import engram.api.security.Requires;
import engram.api.security.Verb;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/// The tenants of this server; for administrators of the operator's tenant.
@RestController
@RequestMapping("/api/tenants")
@Requires(Verb.ADMIN)
class TenantsController {
  private static final UUID BEFORE_ALL = new UUID(0, 0);

  private final Tenants tenants;
  private final KeyStore keys;
  private final Audit audit;

  TenantsController(Tenants tenants, KeyStore keys, Audit audit) {
    this.tenants = tenants;
    this.keys = keys;
    this.audit = audit;
  }

  record TenantRequest(@Nullable String name) {}

  @JsonNaming(SnakeCaseStrategy.class)
  record View(String id, String name, Instant createdAt) {
    static View of(Tenant tenant) {
      return new View(tenant.id().toString(), tenant.name(), tenant.createdAt());
    }
  }

  /// @param adminKey the tenant's first key, with its secret, which is not to be had again
  @JsonNaming(SnakeCaseStrategy.class)
  record CreatedView(String id, String name, Instant createdAt, KeyView.Created adminKey) {}

  @PostMapping
  @ResponseStatus(HttpStatus.CREATED)
  CreatedView create(Caller caller, @RequestBody TenantRequest request) {
    tenants.checkOperator(caller);
    if (!keys.key(caller.tenant(), caller.keyId()).isUnlimited()) {
      throw Failure.of(
              403,
              "exceeds_own_rights",
              "A new tenant's first key has no limits: only a key without limits can make one.")
          .toException();
    }
    if (request.name() == null) {
      throw Failure.invalid("name", "'name' is missing.").toException();
    }
    KeyDraft draft =
        new KeyDraft(
            "admin", Set.of(Verb.values()), null, null, Set.of(), true, Budget.UNLIMITED, null);
    return tenants.create(
        request.name(),
        tenant -> {
          KeyStore.Created key = keys.insert(tenant.id(), draft, caller.keyId());
          Map<String, Object> detail = Map.of("name", tenant.name());
          audit.addInSystem(caller, "tenant.created", "tenant " + tenant.id(), detail);
          return view(tenant, key);
        });
  }

  private static CreatedView view(Tenant tenant, KeyStore.Created key) {
    return new CreatedView(
        tenant.id().toString(),
        tenant.name(),
        tenant.createdAt(),
        new KeyView.Created(KeyView.of(key.key()), key.secret()));
  }

  @GetMapping
  Listing<View> list(
      Caller caller,
      @RequestParam(defaultValue = "20") int limit,
      @RequestParam(required = false) @Nullable UUID after) {
    tenants.checkOperator(caller);
    Listing.checkLimit(limit);
    List<View> found =
        tenants.tenants(after == null ? BEFORE_ALL : after, limit + 1).stream()
            .map(View::of)
            .toList();
    return Listing.of(found, limit, View::id);
  }
}
