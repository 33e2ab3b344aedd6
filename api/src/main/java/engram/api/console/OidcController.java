package engram.api.console;

import engram.api.admin.Audit;
import engram.api.admin.Tenants;
import engram.api.error.Failure;
import engram.api.error.FailureException;
import engram.api.security.AnyKey;
import engram.api.security.ApiKey;
import engram.api.security.ApiKey.Budget;
import engram.api.security.KeyDraft;
import engram.api.security.KeyStore;
import engram.api.security.SessionStore;
import engram.api.security.Verb;
import engram.db.TenantScope;
import engram.retrieval.Access;
import io.swagger.v3.oas.annotations.Hidden;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.support.ServletUriComponentsBuilder;

/// Signing in by OpenID Connect: there, and back with a session.
///
/// A person is a key of the tenant whose secret nobody knows. It shows in the list of keys, is
/// renewed with each sign-in by what the provider says, and revoking it keeps the person out.
@RestController
@Hidden
@AnyKey
@RequestMapping(OidcAttempt.PATH)
class OidcController {
  private static final Logger LOG = LoggerFactory.getLogger(OidcController.class);
  private static final String CALLBACK = OidcAttempt.PATH + "/callback";
  private static final Set<Verb> ADMIN =
      Set.of(Verb.READ, Verb.WRITE, Verb.DELETE, Verb.CHAT, Verb.ADMIN);
  private static final Set<Verb> EDITOR = Set.of(Verb.READ, Verb.WRITE, Verb.DELETE, Verb.CHAT);
  private static final Set<Verb> VIEWER = Set.of(Verb.READ, Verb.CHAT);
  private static final int NAME_CHARS_MAX = 200;

  private final OidcSettings settings;
  private final OidcProvider provider;
  private final KeyStore keys;
  private final SessionStore sessions;
  private final Tenants tenants;
  private final Audit audit;
  private final Clock clock;

  OidcController(
      OidcSettings settings,
      OidcProvider provider,
      KeyStore keys,
      SessionStore sessions,
      Tenants tenants,
      Audit audit,
      Clock clock) {
    this.settings = settings;
    this.provider = provider;
    this.keys = keys;
    this.sessions = sessions;
    this.tenants = tenants;
    this.audit = audit;
    this.clock = clock;
  }

  @GetMapping
  void begin(HttpServletRequest request, HttpServletResponse response) {
    checkOn();
    OidcAttempt attempt = OidcAttempt.begin();
    URI there = provider.signIn(attempt, callback());
    add(response, attempt.cookie(request.isSecure()).toString());
    redirect(response, there.toString());
  }

  /// Ends at the console in any case; why it did not go well is in the log, not in an address.
  @GetMapping("/callback")
  void end(
      @RequestParam(required = false) @Nullable String code,
      @RequestParam(required = false) @Nullable String state,
      HttpServletRequest request,
      HttpServletResponse response) {
    checkOn();
    add(response, OidcAttempt.noCookie(request.isSecure()).toString());
    try {
      OidcAttempt attempt =
          OidcAttempt.of(request)
              .filter(known -> state != null && known.isState(state))
              .orElseThrow(() -> refused("the answer belongs to no sign-in of this browser"));
      if (code == null) {
        throw refused("the provider gave no code");
      }
      SessionStore.Started started = start(provider.person(attempt, code, callback()));
      Duration left = Duration.between(clock.instant(), started.expiresAt());
      add(response, started.token().cookie(request.isSecure(), left).toString());
      redirect(response, "/");
    } catch (FailureException e) {
      LOG.warn("Somebody was not signed in: {}", e.getMessage());
      redirect(response, "/?sign-in=failed");
    }
  }

  private SessionStore.Started start(Jwt person) {
    Tenants.Tenant tenant =
        tenants
            .named(settings.tenant())
            .orElseThrow(
                () -> refused("engram.oidc.tenant " + settings.tenant() + " is not there"));
    ApiKey key = keys.person(tenant.id(), id(person), draft(person));
    if (!key.isValidAt(clock.instant())) {
      throw refused("the key of " + key.name() + " was revoked");
    }
    UUID id = tenant.id();
    return TenantScope.callAs(
        id,
        () -> {
          audit.addSystem(id, "session.started", "key " + key.id(), Map.of("name", key.name()));
          return sessions.start(id, key.id());
        });
  }

  private static String id(Jwt person) {
    return person.getClaimAsString("iss") + " " + person.getSubject();
  }

  private KeyDraft draft(Jwt person) {
    Set<String> groups = groups(person);
    Set<Verb> verbs = verbs(groups);
    String email = person.getClaimAsString("email");
    Set<String> principals = new HashSet<>();
    // An address that nobody has proved would be a way to read as somebody else.
    if (email != null && Boolean.TRUE.equals(person.getClaimAsBoolean("email_verified"))) {
      principals.add("user:" + email);
    }
    groups.forEach(group -> principals.add("group:" + group));
    Set<String> sane = principals.stream().filter(Access::isPrincipal).collect(Collectors.toSet());
    return new KeyDraft(
        name(person, email),
        verbs,
        null,
        null,
        sane,
        verbs.contains(Verb.ADMIN),
        Budget.UNLIMITED,
        null);
  }

  private static String name(Jwt person, @Nullable String email) {
    String name = email != null ? email : person.getClaimAsString("name");
    String shown = name == null || name.isBlank() ? String.valueOf(person.getSubject()) : name;
    return shown.length() > NAME_CHARS_MAX ? shown.substring(0, NAME_CHARS_MAX) : shown;
  }

  private Set<String> groups(Jwt person) {
    @Nullable Object claim = person.getClaim(settings.rolesClaim());
    if (claim instanceof Collection<?> many) {
      return many.stream().map(String::valueOf).collect(Collectors.toSet());
    }
    return claim == null ? Set.of() : Set.of(claim.toString());
  }

  private Set<Verb> verbs(Set<String> groups) {
    if (hasOne(groups, settings.admins())) {
      return ADMIN;
    }
    if (hasOne(groups, settings.editors())) {
      return EDITOR;
    }
    if (hasOne(groups, settings.viewers())) {
      return VIEWER;
    }
    throw refused("none of their groups has a role here");
  }

  private static boolean hasOne(Set<String> groups, List<String> wanted) {
    return wanted.stream().anyMatch(groups::contains);
  }

  private void checkOn() {
    if (!settings.on()) {
      throw Failure.notFound("OpenID Connect is not configured.").toException();
    }
  }

  /// As the browser sees this server; behind a proxy `server.forward-headers-strategy` says so.
  private static String callback() {
    return ServletUriComponentsBuilder.fromCurrentContextPath().path(CALLBACK).toUriString();
  }

  private static void add(HttpServletResponse response, String cookie) {
    response.addHeader(HttpHeaders.SET_COOKIE, cookie);
  }

  private static void redirect(HttpServletResponse response, String where) {
    response.setStatus(302);
    response.setHeader(HttpHeaders.LOCATION, where);
  }

  private static FailureException refused(String why) {
    return Failure.of(403, "sign_in_refused", why).toException();
  }
}
