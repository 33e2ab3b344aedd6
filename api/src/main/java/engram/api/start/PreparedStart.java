package engram.api.start;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.core.Ordered;
import org.springframework.core.SpringProperties;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.util.ClassUtils;

/// Starts with the beans that the build has worked out (Spring's ahead-of-time processing), which
/// saves the reading of every configuration class: about a third of a start.
///
/// The build decided all conditions, so a setting that one of the frameworks' conditions may ask
/// for would have no effect. Where there is such a setting the server starts the long way. Engram's
/// own settings are read at the start in both ways.
public final class PreparedStart
    implements ApplicationListener<ApplicationEnvironmentPreparedEvent>, Ordered {
  private static final String SWITCH = "spring.aot.enabled";

  /// Set by the build while it works the beans out.
  private static final String BEING_PREPARED = "spring.aot.processing";

  private static final String PREPARED =
      "engram.api.EngramApplication__ApplicationContextInitializer";

  /// The jar's own defaults, which the build has read too.
  private static final String DEFAULTS = "class path resource [application.yaml]";

  private static final List<String> ASKED_BY_CONDITIONS =
      List.of("spring.", "management.", "springdoc.", "server.forward.headers.strategy");

  /// Beginnings of those among them that are read where they are used, by no condition.
  private static final List<String> READ_AT_START =
      List.of(
          "spring.aot.",
          "spring.application.",
          "spring.config.",
          "spring.lifecycle.",
          "management.tracing.sampling.");

  @Override
  public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
    ConfigurableEnvironment settings = event.getEnvironment();
    if (settings.containsProperty(SWITCH)
        || settings.containsProperty(BEING_PREPARED)
        || !ClassUtils.isPresent(PREPARED, null)) {
      return;
    }
    SpringProperties.setProperty(
        SWITCH, Boolean.toString(given(settings).noneMatch(PreparedStart::shapesBeans)));
  }

  private static Stream<String> given(ConfigurableEnvironment settings) {
    return settings.getPropertySources().stream()
        .filter(source -> !source.getName().contains(DEFAULTS))
        .flatMap(PreparedStart::names);
  }

  /// Environment variables have dots where the settings have dashes: all names get dots.
  private static Stream<String> names(PropertySource<?> source) {
    return source instanceof EnumerablePropertySource<?> known
        ? Stream.of(known.getPropertyNames())
            .map(name -> name.toLowerCase(Locale.ROOT).replace('_', '.').replace('-', '.'))
        : Stream.empty();
  }

  private static boolean shapesBeans(String name) {
    return ASKED_BY_CONDITIONS.stream().anyMatch(name::startsWith)
        && READ_AT_START.stream().noneMatch(name::startsWith);
  }

  /// After the files with settings were read.
  @Override
  public int getOrder() {
    return Ordered.LOWEST_PRECEDENCE;
  }
}
