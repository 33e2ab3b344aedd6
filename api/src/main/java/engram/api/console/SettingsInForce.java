package engram.api.console;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.context.ApplicationContext;
import org.springframework.stereotype.Component;
import org.springframework.util.unit.DataSize;

/// Reads the records that hold the settings: each component is one.
@Component
class SettingsInForce {
  private static final List<String> SECRETS = List.of("password", "secret", "api-key", ".token");

  private final ApplicationContext context;

  SettingsInForce(ApplicationContext context) {
    this.context = context;
  }

  /// @param value null where it is not set
  /// @param byDefault what holds where nobody sets it; null for none
  record Setting(String name, @Nullable String value, @Nullable String byDefault) {}

  /// By name.
  List<Setting> all() {
    List<Setting> settings = new ArrayList<>();
    context.getBeansWithAnnotation(ConfigurationProperties.class).values().stream()
        .filter(bean -> bean.getClass().isRecord())
        .forEach(bean -> {
          var prefix = bean.getClass().getAnnotation(ConfigurationProperties.class);
          if (prefix != null && prefix.value().startsWith("engram.")) {
            add(bean, prefix.value(), settings);
          }
        });
    settings.sort(Comparator.comparing(Setting::name));
    return settings;
  }

  private static void add(Object owner, String prefix, List<Setting> settings) {
    RecordComponent[] components = owner.getClass().getRecordComponents();
    var parameters = owner.getClass().getDeclaredConstructors()[0].getParameters();
    for (int index = 0; index < components.length; index++) {
      RecordComponent component = components[index];
      String name = prefix + "." + kebab(component.getName());
      Object value = value(owner, component);
      if (value != null && value.getClass().isRecord()) {
        add(value, name, settings);
      } else {
        DefaultValue given =
            index < parameters.length ? parameters[index].getAnnotation(DefaultValue.class) : null;
        String byDefault =
            given == null || given.value().length == 0
                ? null
                : alike(component.getType(), String.join(", ", given.value()));
        settings.add(new Setting(name, shown(name, value), byDefault));
      }
    }
  }

  /// A default in the form in which values are shown: `24h` and `1d` are one time.
  private static String alike(Class<?> type, String written) {
    if (type == Duration.class) {
      return duration(DurationStyle.detectAndParse(written));
    }
    if (type == DataSize.class) {
      return size(DataSize.parse(written));
    }
    return type.isEnum() ? written.toLowerCase(Locale.ROOT) : written;
  }

  private static @Nullable String shown(String name, @Nullable Object value) {
    if (value == null) {
      return null;
    }
    if (SECRETS.stream().anyMatch(name::endsWith)) {
      return "•••";
    }
    return switch (value) {
      case Duration duration -> duration(duration);
      case DataSize size -> size(size);
      case Iterable<?> many -> joined(many);
      // Their values may be secrets of models.
      case Map<?, ?> map -> joined(map.keySet().stream().sorted().toList());
      case Enum<?> one -> one.name().toLowerCase(Locale.ROOT);
      default -> value.toString();
    };
  }

  private static String duration(Duration duration) {
    return DurationStyle.SIMPLE.print(duration, unit(duration));
  }

  private static ChronoUnit unit(Duration duration) {
    var units = List.of(ChronoUnit.DAYS, ChronoUnit.HOURS, ChronoUnit.MINUTES, ChronoUnit.SECONDS);
    return units.stream()
        .filter(unit -> duration.toMillis() % unit.getDuration().toMillis() == 0)
        .filter(unit -> !duration.isZero())
        .findFirst()
        .orElse(ChronoUnit.MILLIS);
  }

  private static String size(DataSize size) {
    for (var unit : List.of("GB", "MB", "KB")) {
      long bytes = DataSize.parse("1" + unit).toBytes();
      if (size.toBytes() > 0 && size.toBytes() % bytes == 0) {
        return size.toBytes() / bytes + unit;
      }
    }
    return size.toBytes() + "B";
  }

  private static String joined(Iterable<?> many) {
    List<String> texts = new ArrayList<>();
    many.forEach(one -> texts.add(String.valueOf(one)));
    return String.join(", ", texts);
  }

  private static @Nullable Object value(Object owner, RecordComponent component) {
    try {
      var accessor = component.getAccessor();
      accessor.setAccessible(true);
      return accessor.invoke(owner);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException("The setting " + component.getName() + " cannot be read", e);
    }
  }

  private static String kebab(String name) {
    return name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
  }
}
