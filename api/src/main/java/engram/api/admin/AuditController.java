package engram.api.admin;

import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/// The audit log of the caller's tenant, newest first.
@RestController
@RequestMapping("/api/audit")
@Requires(Verb.ADMIN)
class AuditController {
  private final Audit audit;

  AuditController(Audit audit) {
    this.audit = audit;
  }

  @JsonNaming(SnakeCaseStrategy.class)
  record View(
      String id,
      Instant at,
      String actor,
      String action,
      String subject,
      String requestId,
      Map<String, Object> detail) {
    static View of(Audit.Entry entry) {
      return new View(
          Long.toString(entry.id()),
          entry.at(),
          entry.actor(),
          entry.action(),
          entry.subject(),
          entry.requestId(),
          entry.detail());
    }
  }

  @GetMapping
  Listing<View> list(
      Caller caller,
      @RequestParam(required = false) @Nullable String actor,
      @RequestParam(required = false) @Nullable String action,
      @RequestParam(required = false) @Nullable Instant from,
      @RequestParam(required = false) @Nullable Instant to,
      @RequestParam(required = false) @Nullable Long after,
      @RequestParam(defaultValue = "20") int limit) {
    caller.checkUnrestricted();
    Listing.checkLimit(limit);
    var query = new Audit.Query(actor, action, from, to, after, limit + 1);
    List<View> found = audit.entries(caller.tenant(), query).stream().map(View::of).toList();
    return Listing.of(found, limit, View::id);
  }
}
