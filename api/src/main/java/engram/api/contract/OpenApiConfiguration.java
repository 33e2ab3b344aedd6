package engram.api.contract;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import engram.api.security.Caller;
import engram.retrieval.Access;
import io.swagger.v3.core.jackson.ModelResolver;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.info.License;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.security.SecurityScheme;
import io.swagger.v3.oas.models.servers.Server;
import jakarta.servlet.http.Part;
import java.util.List;
import org.springdoc.core.providers.ObjectMapperProvider;
import org.springdoc.core.utils.SpringDocUtils;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.JsonNode;

@Configuration(proxyBeanMethods = false)
class OpenApiConfiguration {
  private static final String SCHEME = "bearer";

  static {
    SpringDocUtils.getConfig()
        // They come from the key, not from the request.
        .addRequestWrapperToIgnore(Caller.class, Access.class)
        .replaceWithSchema(Part.class, new Schema<>().type("string").format("binary"))
        .replaceWithSchema(JsonNode.class, new Schema<>().description(RequestShapes.ANY))
        .replaceWithSchema(Object.class, new Schema<>().description(RequestShapes.ANY));
  }

  /// springdoc looks at our records with Jackson 2, which does not see the naming strategy that
  /// Jackson 3 is told: the one place where the product speaks Jackson 2.
  @Bean
  ModelResolver snakeCaseModels(ObjectMapperProvider mappers) {
    return new ModelResolver(
        mappers.jsonMapper().copy().setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE),
        new SchemaNames());
  }

  @Bean
  OpenAPI openApi() {
    return new OpenAPI()
        .info(
            new Info()
                .title("Engram")
                .version("1")
                .description("Grounded answers over your own documents.")
                .license(new License().name("Apache-2.0")))
        // The same text wherever it is generated.
        .servers(List.of(new Server().url("/")))
        .components(
            new Components()
                .addSecuritySchemes(
                    SCHEME,
                    new SecurityScheme()
                        .type(SecurityScheme.Type.HTTP)
                        .scheme("bearer")
                        .description(
                            "An API key: `Authorization: Bearer engram_…`. The headers `api-key` and"
                                + " `x-api-key` do as well.")))
        .addSecurityItem(new SecurityRequirement().addList(SCHEME));
  }
}
