package engram.api.memory;

import engram.api.admin.Audit;
import engram.api.error.Failure;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.memory.MemoryScope;
import engram.memory.Retention;
import engram.memory.Retention.Policy;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// How long memories are kept. `user`, `agent` and `run` may each be `*` here: a rule for all.
@RestController
@RequestMapping("/api/memory/retention")
@Requires(Verb.ADMIN)
class MemoryRetentionController {
  private final Retention retention;
  private final Audit audit;

  MemoryRetentionController(Retention retention, Audit audit) {
    this.retention = retention;
    this.audit = audit;
  }

  record RetentionBody(
      @Nullable String user,
      @Nullable String agent,
      @Nullable String run,
      @Nullable Integer days) {}

  record PolicyView(
      String user,
      String agent,
      String run,
      int days,
      String setBy,
      Instant setAt,
      @Nullable Instant checkedAt,
      @Nullable String outcome) {
    static PolicyView of(Policy policy) {
      return new PolicyView(
          policy.scope().user(),
          policy.scope().agent(),
          policy.scope().run(),
          policy.days(),
          policy.setBy(),
          policy.setAt(),
          policy.checkedAt(),
          policy.outcome());
    }
  }

  record Policies(List<PolicyView> items) {}

  record Cleared(boolean cleared) {}

  @PutMapping
  PolicyView keep(Caller caller, @RequestBody RetentionBody body) {
    MemoryScope scope = scope(caller, body.user(), body.agent(), body.run());
    if (body.days() == null) {
      throw Failure.invalid("days", "'days' says how long.").toException();
    }
    Policy policy = retention.keep(scope, body.days(), caller.keyId());
    audit.add(caller, "memory.retention_set", named(scope), Map.of("days", policy.days()));
    return PolicyView.of(policy);
  }

  @GetMapping
  Policies list(Caller caller, @RequestParam(required = false) @Nullable String user) {
    MemoryScope scope = scope(caller, user, null, null);
    return new Policies(
        retention.policies(caller.tenant(), scope.user()).stream().map(PolicyView::of).toList());
  }

  @DeleteMapping
  Cleared clear(
      Caller caller,
      @RequestParam(required = false) @Nullable String user,
      @RequestParam(required = false) @Nullable String agent,
      @RequestParam(required = false) @Nullable String run) {
    MemoryScope scope = scope(caller, user, agent, run);
    boolean cleared = retention.clear(scope);
    audit.add(caller, "memory.retention_cleared", named(scope), Map.of("was_there", cleared));
    return new Cleared(cleared);
  }

  private static MemoryScope scope(
      Caller caller, @Nullable String user, @Nullable String agent, @Nullable String run) {
    if (!MemoryScope.ANY.equals(user)) {
      return MemoryPlace.of(caller, user, agent, run);
    }
    if (!caller.access().readsAll()) {
      throw Failure.forbidden("A rule for all users needs a key with 'reads_all'.").toException();
    }
    return new MemoryScope(
        caller.tenant(),
        MemoryScope.ANY,
        agent == null ? MemoryScope.SHARED : agent,
        run == null ? MemoryScope.SHARED : run);
  }

  private static String named(MemoryScope scope) {
    return "user '%s', agent '%s', run '%s'".formatted(scope.user(), scope.agent(), scope.run());
  }
}
