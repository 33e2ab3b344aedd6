package engram.api.security;

import engram.db.Scope;
import engram.db.TenantScope;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/// The caller of a request, and how work on other threads keeps it.
public final class RequestContext {
  private static final String ATTRIBUTE = Caller.class.getName();

  private RequestContext() {}

  public static Optional<Caller> caller(HttpServletRequest request) {
    return Optional.ofNullable((Caller) request.getAttribute(ATTRIBUTE));
  }

  static void set(HttpServletRequest request, Caller caller) {
    request.setAttribute(ATTRIBUTE, caller);
  }

  /// The same task, to be run on another thread with this thread's tenant scope and request id:
  /// `Thread.startVirtualThread(RequestContext.carry(() -> …))`. Spring MVC's own asynchronous
  /// threads (`Callable`, `StreamingResponseBody`) are wrapped already.
  public static Runnable carry(Runnable task) {
    Scope scope = TenantScope.current();
    Map<String, String> log = MDC.getCopyOfContextMap();
    return () -> {
      Map<String, String> before = MDC.getCopyOfContextMap();
      setLog(log);
      try {
        switch (scope) {
          case Scope.Tenant(var tenant) -> TenantScope.runAs(tenant, task);
          case Scope.AllTenants _ -> TenantScope.runAsSystem(task);
          case Scope.Nobody _ -> task.run();
        }
      } finally {
        setLog(before);
      }
    };
  }

  private static void setLog(@Nullable Map<String, String> log) {
    if (log == null) {
      MDC.clear();
    } else {
      MDC.setContextMap(log);
    }
  }
}
