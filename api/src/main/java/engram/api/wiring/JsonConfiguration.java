package engram.api.wiring;

import com.fasterxml.jackson.annotation.Nulls;
import java.util.Set;
import org.springframework.boot.jackson.autoconfigure.JsonMapperBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.deser.DeserializationProblemHandler;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/// How both surfaces read and write JSON: snake_case names, lower-case enums, and unknown fields
/// ignored under `/v1` (clients send what newer versions of the API know) but refused under `/api`.
@Configuration(proxyBeanMethods = false)
class JsonConfiguration {
  private static final Set<String> STRICT_PACKAGES =
      Set.of(
          "engram.api.rest", "engram.api.evaluations", "engram.api.memory", "engram.api.signals");

  @Bean
  JsonMapperBuilderCustomizer engramJson() {
    return builder ->
        builder
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
            .enable(EnumFeature.WRITE_ENUMS_TO_LOWERCASE)
            // No list that a caller may send has a use for null, and nothing behind expects one.
            .changeDefaultNullHandling(nulls -> nulls.withContentNulls(Nulls.FAIL))
            .addHandler(new RefuseUnknownFields());
  }

  private static final class RefuseUnknownFields extends DeserializationProblemHandler {
    @Override
    public boolean handleUnknownProperty(
        DeserializationContext context,
        JsonParser parser,
        ValueDeserializer<?> deserializer,
        Object beanOrClass,
        String name) {
      Class<?> type = beanOrClass instanceof Class<?> known ? known : beanOrClass.getClass();
      if (STRICT_PACKAGES.contains(type.getPackageName())) {
        throw UnrecognizedPropertyException.from(
            parser, type, name, deserializer.getKnownPropertyNames());
      }
      return false;
    }
  }
}
