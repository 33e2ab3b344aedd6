package engram.api.security;

import engram.api.error.Failure;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;

/// Lets a caller reach an endpoint only with the verb that the endpoint requires. Whatever names no
/// verb is refused, handlers that are no methods of ours among them.
final class VerbInterceptor implements HandlerInterceptor {
  private final Map<HandlerMethod, Optional<Rule>> rules = new ConcurrentHashMap<>();

  @Override
  public boolean preHandle(
      HttpServletRequest request, HttpServletResponse response, Object handler) {
    if (!(handler instanceof HandlerMethod method)) {
      throw refuse("This path is not for API keys.");
    }
    Rule rule =
        rules
            .computeIfAbsent(method, VerbInterceptor::ruleOf)
            .orElseThrow(() -> refuse("This path is not for API keys."));
    Optional<Caller> caller = RequestContext.caller(request);
    boolean allowed =
        switch (rule) {
          case Rule.Anybody _ -> true;
          case Rule.AnyOf(Set<Verb> verbs) ->
              caller.isPresent() && verbs.stream().anyMatch(caller.get()::may);
        };
    if (!allowed) {
      throw refuse("This key lacks the verb " + labels(rule) + ".");
    }
    return true;
  }

  /// Who may reach an endpoint.
  sealed interface Rule {
    /// Every holder of a valid key: nobody else comes this far.
    record Anybody() implements Rule {}

    record AnyOf(Set<Verb> verbs) implements Rule {}
  }

  /// Nothing where the endpoint does not say.
  static Optional<Rule> ruleOf(HandlerMethod handler) {
    Class<?> type = handler.getBeanType();
    Rule onMethod =
        rule(
            handler.getMethodAnnotation(Requires.class), handler.hasMethodAnnotation(AnyKey.class));
    if (onMethod != null) {
      return Optional.of(onMethod);
    }
    boolean anyKey =
        AnnotatedElementUtils.hasAnnotation(type, AnyKey.class)
            // Errors, and the description of this API.
            || ErrorController.class.isAssignableFrom(type)
            || type.getName().startsWith("org.springdoc.");
    return Optional.ofNullable(
        rule(AnnotatedElementUtils.findMergedAnnotation(type, Requires.class), anyKey));
  }

  private static @Nullable Rule rule(@Nullable Requires requires, boolean anyKey) {
    if (requires != null && requires.value().length > 0) {
      return new Rule.AnyOf(Set.copyOf(Arrays.asList(requires.value())));
    }
    return anyKey ? new Rule.Anybody() : null;
  }

  private static String labels(Rule rule) {
    return switch (rule) {
      case Rule.Anybody _ -> "";
      case Rule.AnyOf(Set<Verb> verbs) ->
          verbs.stream()
              .map(verb -> "'" + verb.label() + "'")
              .sorted()
              .collect(Collectors.joining(" or "));
    };
  }

  private static RuntimeException refuse(String message) {
    return Failure.of(403, "missing_verb", message).toException();
  }
}
