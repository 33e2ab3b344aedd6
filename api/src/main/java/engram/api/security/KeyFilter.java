package engram.api.security;

import engram.api.error.ErrorWriter;
import engram.api.error.Failure;
import engram.api.error.RequestId;
import engram.db.TenantScope;
import engram.retrieval.Access;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.web.authentication.preauth.PreAuthenticatedAuthenticationToken;
import org.springframework.security.web.context.RequestAttributeSecurityContextRepository;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/// Nothing passes without a valid key. Stands before Spring Security, so that its firewall too
/// refuses nobody in another way than this; it leaves the caller where Spring Security looks for
/// it. Binds the tenant's scope for the rest of the request, on every dispatch.
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 100)
class KeyFilter extends OncePerRequestFilter {
  private static final Set<String> OPEN_PATHS =
      Set.of("/actuator/health", "/actuator/health/liveness", "/actuator/health/readiness");

  private static final Set<String> SESSION_PATHS =
      Set.of("/api/session", "/api/session/oidc", "/api/session/oidc/callback");

  private final Authenticator authenticator;
  private final Budgets budgets;
  private final KeyUsage usage;
  private final ErrorWriter errors;
  private final RequestAttributeSecurityContextRepository contexts =
      new RequestAttributeSecurityContextRepository();

  KeyFilter(Authenticator authenticator, Budgets budgets, KeyUsage usage, ErrorWriter errors) {
    this.authenticator = authenticator;
    this.budgets = budgets;
    this.usage = usage;
    this.errors = errors;
  }

  static boolean isOpen(HttpServletRequest request) {
    String method = request.getMethod();
    return (method.equals("GET") || method.equals("HEAD"))
        && OPEN_PATHS.contains(request.getRequestURI());
  }

  /// Who has no key may ask whether there is a session, and learns that there is none; and may go
  /// to the identity provider and come back from it.
  static boolean isWelcome(HttpServletRequest request) {
    return request.getMethod().equals("GET") && SESSION_PATHS.contains(request.getRequestURI());
  }

  @Override
  protected boolean shouldNotFilterAsyncDispatch() {
    return false;
  }

  @Override
  protected boolean shouldNotFilterErrorDispatch() {
    return false;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    Optional<Caller> known = RequestContext.caller(request);
    if (known.isPresent()) {
      proceed(known.get(), request, response, chain);
    } else if (request.getDispatcherType() == DispatcherType.REQUEST && isOpen(request)) {
      chain.doFilter(request, response);
    } else {
      begin(request, response, chain);
    }
  }

  private void begin(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    Optional<ApiKey> found = authenticator.authenticate(request);
    if (found.isEmpty()) {
      if (isWelcome(request)) {
        chain.doFilter(request, response);
      } else {
        errors.writeUnauthorized(response);
      }
      return;
    }
    ApiKey key = found.get();
    usage.add(key);
    Budgets.Admission admission = budgets.admit(key);
    admission.headers().forEach(response::setHeader);
    Failure refusal = admission.refusal();
    if (refusal != null) {
      errors.write(request, response, refusal);
      return;
    }
    Caller caller = caller(key, request);
    RequestContext.set(request, caller);
    var authorities =
        caller.verbs().stream().map(verb -> new SimpleGrantedAuthority(verb.label())).toList();
    var authentication = new PreAuthenticatedAuthenticationToken(caller, "", authorities);
    contexts.saveContext(new SecurityContextImpl(authentication), request, response);
    proceed(caller, request, response, chain);
  }

  private static Caller caller(ApiKey key, HttpServletRequest request) {
    String actAs = request.getHeader(ActAs.HEADER);
    Access access = actAs == null ? key.access() : ActAs.narrow(key, actAs);
    return new Caller(key.id(), key.name(), key.verbs(), access, RequestId.of(request));
  }

  private static void proceed(
      Caller caller, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    try {
      TenantScope.callAs(
          caller.tenant(),
          () -> {
            chain.doFilter(request, response);
            return true;
          });
    } catch (ServletException | IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new ServletException(e);
    }
  }
}
