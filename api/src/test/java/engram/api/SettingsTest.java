package engram.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Parameter;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.config.YamlPropertiesFactoryBean;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.context.annotation.ClassPathScanningCandidateComponentProvider;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.type.filter.AnnotationTypeFilter;
import org.springframework.util.ClassUtils;

/// Pins the name and the default of every setting of Engram's own: the records in the code and the
/// tables in docs/operations.md say the same.
class SettingsTest {
  private static final Pattern ROW =
      Pattern.compile("^\\| `(engram\\.[a-z0-9.-]+)` \\| ([^|]+?) \\| (.*?) ?\\|$");

  @Test
  void everySettingIsDocumentedWithItsDefault() {
    assertThat(documented()).isEqualTo(inCode());
  }

  @Test
  void applicationYamlChangesNoDefault() {
    var yaml = new YamlPropertiesFactoryBean();
    yaml.setResources(new ClassPathResource("application.yaml"));
    Map<String, String> known = inCode();
    var values = yaml.getObject();
    assertThat(values).isNotNull();
    for (String name : values.stringPropertyNames()) {
      String value = values.getProperty(name);
      boolean other = value.startsWith("${"); // follows another setting
      if (name.startsWith("engram.") && other) {
        assertThat(known).containsKey(name);
        assertThat(value).endsWith(":" + known.get(name) + "}");
      } else if (name.startsWith("engram.")) {
        assertThat(known).containsEntry(name, value);
      }
    }
  }

  private static Map<String, String> documented() {
    Map<String, String> rows = new TreeMap<>();
    try {
      for (String line : Files.readAllLines(Path.of("../docs/operations.md"))) {
        Matcher row = ROW.matcher(line);
        if (row.matches()) {
          assertThat(row.group(3)).as("what %s is for", row.group(1)).isNotBlank();
          assertThat(rows.put(row.group(1), row.group(2))).as(row.group(1) + " twice").isNull();
        }
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return rows;
  }

  private static Map<String, String> inCode() {
    Map<String, String> settings = new TreeMap<>();
    var scanner = new ClassPathScanningCandidateComponentProvider(false);
    scanner.addIncludeFilter(new AnnotationTypeFilter(ConfigurationProperties.class));
    for (var found : scanner.findCandidateComponents("engram")) {
      Class<?> type = ClassUtils.resolveClassName(String.valueOf(found.getBeanClassName()), null);
      assertThat(type).isRecord();
      add(type, type.getAnnotation(ConfigurationProperties.class).value(), settings);
    }
    return settings;
  }

  private static void add(Class<?> type, String prefix, Map<String, String> settings) {
    RecordComponent[] components = type.getRecordComponents();
    Parameter[] parameters = canonical(type, components).getParameters();
    for (int index = 0; index < components.length; index++) {
      String name = prefix + "." + kebab(components[index].getName());
      if (components[index].getType().isRecord()) {
        add(components[index].getType(), name, settings);
      } else {
        DefaultValue value = parameters[index].getAnnotation(DefaultValue.class);
        String text = value == null ? "" : String.join(", ", value.value());
        settings.put(name, text.isEmpty() ? "none" : text);
      }
    }
  }

  private static Constructor<?> canonical(Class<?> type, RecordComponent[] components) {
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    try {
      return type.getDeclaredConstructor(types);
    } catch (NoSuchMethodException everyRecordHasIt) {
      throw new IllegalStateException(everyRecordHasIt);
    }
  }

  private static String kebab(String name) {
    return name.replaceAll("([A-Z])", "-$1").toLowerCase(java.util.Locale.ROOT);
  }
}
