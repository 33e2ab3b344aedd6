package engram.api.contract;

import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.PathItem;
import io.swagger.v3.oas.models.PathItem.HttpMethod;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.IntegerSchema;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.media.StringSchema;
import io.swagger.v3.oas.models.parameters.HeaderParameter;
import io.swagger.v3.oas.models.parameters.Parameter;
import io.swagger.v3.oas.models.parameters.PathParameter;
import io.swagger.v3.oas.models.parameters.RequestBody;
import io.swagger.v3.oas.models.responses.ApiResponse;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/// What no signature of a controller shows: replies as events, bodies of any type, paths that go on
/// over slashes, and the headers that filters read.
@Component
@Order(1)
class RequestShapes implements OpenApiCustomizer {
  /// What a schema of this description means; springdoc makes an object of it.
  static final String ANY = "Any JSON.";

  private static final List<String> ANCHORS = List.of("created_at");
  private static final Map<String, String> STREAMS =
      Map.of(
          "/api/ask",
          "With `\"stream\": true`: the events `passages`, `text` as often as text comes, then"
              + " `answer` with all of it; or `error`, a problem.",
          "/v1/chat/completions",
          "With `\"stream\": true`: chunks of the completion as `data:` lines, then `[DONE]`.",
          "/v1/completions",
          "With `\"stream\": true`: pieces of the text as `data:` lines, then `[DONE]`.",
          "/v1/responses",
          "With `\"stream\": true`: OpenAI's events, from `response.created` to"
              + " `response.completed`, `response.incomplete` or `response.failed`.");

  @Override
  public void customise(OpenAPI api) {
    api.getComponents()
        .addParameters(
            "ActAs",
            new HeaderParameter()
                .name("Engram-Act-As")
                .schema(new StringSchema())
                .description("Principals, by commas, for whom the key reads in this request."))
        .addParameters(
            "IdempotencyKey",
            new HeaderParameter()
                .name("Idempotency-Key")
                .schema(new StringSchema().maxLength(255))
                .description("The same request with the same key gets the first reply again."));
    PathItem model = Objects.requireNonNull(api.getPaths().remove("/v1/models/**"));
    model
        .getGet()
        .addParametersItem(
            new PathParameter()
                .name("model")
                .schema(new StringSchema())
                .description("A model's id. Slashes in it stay as they are."));
    api.getPaths().addPathItem("/v1/models/{model}", model);
    api.getPaths().forEach(RequestShapes::shape);
    api.getComponents().getSchemas().values().forEach(RequestShapes::anyJson);
  }

  private static void shape(String path, PathItem item) {
    item.readOperationsMap()
        .forEach((method, operation) -> {
          operation.addParametersItem(ref("ActAs"));
          if (method == HttpMethod.POST) {
            if (!ErrorReplies.tellsASecret(path)) {
              operation.addParametersItem(ref("IdempotencyKey"));
            }
            stream(path, operation);
          }
          RequestBody body = operation.getRequestBody();
          if (method == HttpMethod.PUT
              && body != null
              && body.getContent().containsKey("multipart/form-data")) {
            body.getContent().addMediaType("*/*", binary()); // springdoc shows the form alone
          }
          toForm(operation);
          if (path.endsWith("/content") && path.startsWith("/v1/files/")) {
            var content = new Content().addMediaType("*/*", binary());
            success(operation).setContent(content);
          }
        });
  }

  /// springdoc takes the fields of a form for parameters of the query.
  private static void toForm(Operation operation) {
    var body = operation.getRequestBody();
    MediaType form = body == null ? null : body.getContent().get("multipart/form-data");
    if (form == null || body.getContent().size() > 1) {
      return;
    }
    for (Parameter field : List.copyOf(operation.getParameters())) {
      if ("query".equals(field.getIn())) {
        operation.getParameters().remove(field);
        form.getSchema().addProperty(field.getName(), field.getSchema());
      }
    }
    if ("filesCreate".equals(operation.getOperationId())) { // names with brackets, read from a map
      form.getSchema().addProperty("expires_after[anchor]", new StringSchema()._enum(ANCHORS));
      form.getSchema().addProperty("expires_after[seconds]", new IntegerSchema());
    }
  }

  private static void stream(String path, Operation operation) {
    String events = STREAMS.get(path);
    if (events != null) {
      success(operation)
          .getContent()
          .addMediaType(
              "text/event-stream", new MediaType().schema(new StringSchema().description(events)));
    }
  }

  private static ApiResponse success(Operation operation) {
    return Objects.requireNonNull(operation.getResponses().get("200"));
  }

  private static void anyJson(Schema<?> schema) {
    if (ANY.equals(schema.getDescription())) {
      schema.setType(null);
      schema.setTypes(
          new TreeSet<>(Set.of("array", "boolean", "null", "number", "object", "string")));
    }
    if (schema.getProperties() != null) {
      schema.getProperties().values().forEach(RequestShapes::anyJson);
    }
    if (schema.getItems() != null) {
      anyJson(schema.getItems());
    }
    if (schema.getAdditionalProperties() instanceof Schema<?> values) {
      anyJson(values);
    }
  }

  private static Parameter ref(String name) {
    return new Parameter().$ref("#/components/parameters/" + name);
  }

  private static MediaType binary() {
    Schema<?> bytes = new Schema<>().format("binary");
    bytes.setTypes(Set.of("string"));
    return new MediaType().schema(bytes);
  }
}
