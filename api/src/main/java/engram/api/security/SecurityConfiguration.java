package engram.api.security;

import engram.api.error.ErrorWriter;
import engram.api.error.Failure;
import engram.retrieval.Access;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.MethodParameter;
import org.springframework.core.task.TaskDecorator;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.observation.SecurityObservationSettings;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.context.RequestAttributeSecurityContextRepository;
import org.springframework.security.web.firewall.FirewalledRequest;
import org.springframework.security.web.firewall.HttpFirewall;
import org.springframework.security.web.firewall.RequestRejectedHandler;
import org.springframework.security.web.firewall.StrictHttpFirewall;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/// Puts the parts of this package where Spring runs them.
@Configuration(proxyBeanMethods = false)
@EnableScheduling
class SecurityConfiguration {

  @Bean
  @ConditionalOnMissingBean
  Clock clock() {
    return Clock.systemUTC();
  }

  /// What [KeyFilter] let in. Endpoints of ours are guarded by [VerbInterceptor]; those of Spring
  /// Boot's actuator, which it does not see, are guarded here; metrics besides by the operator's
  /// filter.
  @Bean
  SecurityFilterChain securityFilterChain(HttpSecurity http, ErrorWriter errors) {
    return http.csrf(AbstractHttpConfigurer::disable)
        .cors(AbstractHttpConfigurer::disable)
        .formLogin(AbstractHttpConfigurer::disable)
        .httpBasic(AbstractHttpConfigurer::disable)
        .logout(AbstractHttpConfigurer::disable)
        .requestCache(AbstractHttpConfigurer::disable)
        .anonymous(AbstractHttpConfigurer::disable)
        .headers(AbstractHttpConfigurer::disable)
        // Nothing asks for a session, and each wrapper around a request is paid for by every call.
        .sessionManagement(AbstractHttpConfigurer::disable)
        .servletApi(AbstractHttpConfigurer::disable)
        .securityContext(contexts ->
            contexts.securityContextRepository(new RequestAttributeSecurityContextRepository()))
        .authorizeHttpRequests(requests ->
            requests
                .dispatcherTypeMatchers(DispatcherType.ERROR)
                .permitAll()
                .requestMatchers(KeyFilter::isOpen)
                .permitAll()
                .requestMatchers(KeyFilter::isWelcome)
                .permitAll()
                .requestMatchers(
                    "/actuator/prometheus", "/actuator/metrics", "/actuator/metrics/**")
                .hasAnyAuthority(Verb.METRICS.label(), Verb.ADMIN.label())
                .requestMatchers("/actuator", "/actuator/**")
                .hasAuthority(Verb.ADMIN.label())
                .anyRequest()
                .authenticated())
        .exceptionHandling(handling ->
            handling
                .authenticationEntryPoint(
                    (request, response, e) -> errors.writeUnauthorized(response))
                .accessDeniedHandler((request, response, e) ->
                    errors.write(
                        request,
                        response,
                        Failure.of(403, "missing_verb", "This key may not do that."))))
        .build();
  }

  /// The request as a whole is observed; a span for each security filter costs more than it tells.
  @Bean
  SecurityObservationSettings securityObservations() {
    return SecurityObservationSettings.noObservations();
  }

  /// Names of models hold a slash, which clients encode where they put a name into a path. No other
  /// path may hold an encoded one.
  @Bean
  HttpFirewall firewall() {
    StrictHttpFirewall usual = new StrictHttpFirewall();
    StrictHttpFirewall models = new StrictHttpFirewall();
    models.setAllowUrlEncodedSlash(true);
    return new HttpFirewall() {
      @Override
      public FirewalledRequest getFirewalledRequest(HttpServletRequest request) {
        boolean model = request.getRequestURI().startsWith("/v1/models/");
        return (model ? models : usual).getFirewalledRequest(request);
      }

      @Override
      public HttpServletResponse getFirewalledResponse(HttpServletResponse response) {
        return usual.getFirewalledResponse(response);
      }
    };
  }

  /// Paths with `//`, `..`, encoded slashes and the like.
  @Bean
  RequestRejectedHandler requestRejectedHandler(ErrorWriter errors) {
    return (request, response, e) ->
        errors.write(
            request,
            response,
            Failure.invalid(null, "The request's path, method or headers are malformed."));
  }

  @Bean
  TaskDecorator carryRequestContext() {
    return RequestContext::carry;
  }

  @Bean
  WebMvcConfigurer callersAndVerbs() {
    return new WebMvcConfigurer() {
      @Override
      public void addArgumentResolvers(List<HandlerMethodArgumentResolver> resolvers) {
        resolvers.add(new CallerResolver());
      }

      @Override
      public void addInterceptors(InterceptorRegistry registry) {
        registry.addInterceptor(new VerbInterceptor());
      }
    };
  }

  /// An endpoint that says nothing of verbs would be refused to everybody: better known at once.
  @Bean
  SmartInitializingSingleton everyEndpointNamesItsVerb(ApplicationContext context) {
    return () ->
        context.getBeansOfType(RequestMappingHandlerMapping.class).values().stream()
            .flatMap(mapping -> mapping.getHandlerMethods().values().stream())
            .filter(handler -> VerbInterceptor.ruleOf(handler).isEmpty())
            .findFirst()
            .ifPresent(SecurityConfiguration::refuseToStart);
  }

  private static void refuseToStart(HandlerMethod handler) {
    throw new IllegalStateException(
        handler.getShortLogMessage() + " has neither @Requires nor @AnyKey");
  }

  private static final class CallerResolver implements HandlerMethodArgumentResolver {
    @Override
    public boolean supportsParameter(MethodParameter parameter) {
      Class<?> type = parameter.getParameterType();
      return type == Caller.class || type == Access.class;
    }

    @Override
    public Object resolveArgument(
        MethodParameter parameter,
        @Nullable ModelAndViewContainer view,
        NativeWebRequest request,
        @Nullable WebDataBinderFactory binders) {
      HttpServletRequest servletRequest = request.getNativeRequest(HttpServletRequest.class);
      if (servletRequest == null) {
        throw new IllegalStateException("Not a servlet request");
      }
      Caller caller =
          RequestContext.caller(servletRequest)
              .orElseThrow(() -> new IllegalStateException("A request without caller came here"));
      return parameter.getParameterType() == Caller.class ? caller : caller.access();
    }
  }
}
