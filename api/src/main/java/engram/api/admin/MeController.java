package engram.api.admin;

import engram.api.security.AnyKey;
import engram.api.security.Caller;
import engram.retrieval.Access;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/// Who the caller is to this server: the first thing to ask when something is refused.
@RestController
@AnyKey
class MeController {
  private final Tenants tenants;

  MeController(Tenants tenants) {
    this.tenants = tenants;
  }

  @JsonNaming(SnakeCaseStrategy.class)
  record View(
      String keyId,
      String keyName,
      String tenantId,
      String tenantName,
      List<String> verbs,
      boolean readsAll,
      List<String> principals,
      @Nullable List<String> collections) {}

  @GetMapping("/api/me")
  View me(Caller caller) {
    Access access = caller.access();
    return new View(
        caller.keyId(),
        caller.keyName(),
        caller.tenant().toString(),
        tenants.tenant(caller.tenant()).name(),
        KeyView.labels(caller.verbs()),
        access.readsAll(),
        access.principals().stream().sorted().toList(),
        access.collections() == null ? null : access.collections().stream().sorted().toList());
  }
}
