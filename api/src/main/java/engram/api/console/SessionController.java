package engram.api.console;

import engram.api.admin.Audit;
import engram.api.admin.Tenants;
import engram.api.security.AnyKey;
import engram.api.security.Caller;
import engram.api.security.RequestContext;
import engram.api.security.SessionStore;
import engram.api.security.SessionToken;
import engram.api.security.Verb;
import engram.db.Transactions;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseCookie;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/// A browser's session: begun with a key, ended by signing out. The key itself stays with whoever
/// typed it.
@RestController
@RequestMapping("/api/session")
@AnyKey
class SessionController {
  private final SessionStore sessions;
  private final Tenants tenants;
  private final Audit audit;
  private final Transactions transactions;
  private final Clock clock;
  private final @Nullable String oidc;

  SessionController(
      SessionStore sessions,
      Tenants tenants,
      Audit audit,
      Transactions transactions,
      OidcSettings provider,
      Clock clock) {
    this.sessions = sessions;
    this.tenants = tenants;
    this.audit = audit;
    this.transactions = transactions;
    this.oidc = provider.on() ? provider.name() : null;
    this.clock = clock;
  }

  /// @param user null where nobody is signed in
  /// @param oidc what to call the identity provider; null where there is none
  @JsonNaming(SnakeCaseStrategy.class)
  record View(
      @Nullable User user,
      @Nullable String csrfToken,
      @Nullable Instant expiresAt,
      @Nullable String oidc) {}

  /// @param role `admin`, `editor`, `viewer` or `none`: what the verbs come to
  /// @param operator runs the server: sees its index, settings and tenants
  /// @param unrestricted reads everything in the tenant
  @JsonNaming(SnakeCaseStrategy.class)
  record User(
      String keyId,
      String name,
      String role,
      List<String> verbs,
      String tenantId,
      String tenantName,
      boolean operator,
      boolean unrestricted) {}

  /// Who is signed in here. The one path of the API that needs no key; it says nothing to those who
  /// have no session.
  @GetMapping
  View get(HttpServletRequest request) {
    Optional<Caller> caller = RequestContext.caller(request);
    Optional<SessionToken> token = SessionToken.of(request);
    if (caller.isEmpty() || token.isEmpty()) {
      return nobody();
    }
    return sessions
        .expiresAt(token.get())
        .map(end -> new View(user(caller.get()), token.get().csrf(), end, oidc))
        .orElseGet(this::nobody);
  }

  /// Begins a session of the key that the request names.
  @PostMapping
  @ResponseStatus(HttpStatus.CREATED)
  View start(Caller caller, HttpServletRequest request, HttpServletResponse response) {
    SessionToken.of(request).ifPresent(sessions::end);
    SessionStore.Started started =
        transactions.inTenant(
            caller.tenant(),
            () -> {
              audit.add(caller, "session.started", "key " + caller.keyId(), Map.of());
              return sessions.start(caller.tenant(), caller.keyId());
            });
    Duration left = Duration.between(clock.instant(), started.expiresAt());
    set(response, started.token().cookie(request.isSecure(), left));
    return new View(user(caller), started.token().csrf(), started.expiresAt(), oidc);
  }

  /// Ends the session; the key goes on working elsewhere.
  @DeleteMapping
  View end(Caller caller, HttpServletRequest request, HttpServletResponse response) {
    SessionToken.of(request)
        .ifPresent(token -> {
          sessions.end(token);
          audit.add(caller, "session.ended", "key " + caller.keyId(), Map.of());
        });
    set(response, SessionToken.noCookie(request.isSecure()));
    return nobody();
  }

  private View nobody() {
    return new View(null, null, null, oidc);
  }

  private static void set(HttpServletResponse response, ResponseCookie cookie) {
    response.addHeader(HttpHeaders.SET_COOKIE, cookie.toString());
  }

  private User user(Caller caller) {
    Tenants.Tenant tenant = tenants.tenant(caller.tenant());
    boolean unrestricted = caller.access().isUnrestricted();
    return new User(
        caller.keyId(),
        caller.keyName(),
        role(caller.verbs()),
        caller.verbs().stream().sorted().map(Verb::label).toList(),
        tenant.id().toString(),
        tenant.name(),
        unrestricted && caller.may(Verb.ADMIN) && tenant.name().equals(Tenants.DEFAULT_NAME),
        unrestricted);
  }

  /// A word for people; what is allowed is decided by the verbs.
  static String role(Set<Verb> verbs) {
    if (verbs.contains(Verb.ADMIN)) {
      return "admin";
    }
    if (verbs.contains(Verb.WRITE)) {
      return "editor";
    }
    return verbs.contains(Verb.READ) ? "viewer" : "none";
  }
}
