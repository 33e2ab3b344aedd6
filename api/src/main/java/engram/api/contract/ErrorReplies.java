package engram.api.contract;

import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.PathItem.HttpMethod;
import io.swagger.v3.oas.models.headers.Header;
import io.swagger.v3.oas.models.media.ArraySchema;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.IntegerSchema;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.ObjectSchema;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.media.StringSchema;
import io.swagger.v3.oas.models.responses.ApiResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/// The errors that each operation can give, in the shape of its surface: OpenAI's under `/v1`,
/// problem details (RFC 9457) under `/api`. What [engram.api.error] does, said to readers.
@Component
@Order(2) // after the paths are as they are shown
class ErrorReplies implements OpenApiCustomizer {
  private static final Map<Integer, String> MEANINGS = new LinkedHashMap<>();

  static {
    MEANINGS.put(
        400, "The request is not valid; the error names what, and where it can the field.");
    MEANINGS.put(403, "The key lacks the verb, or may not act as these principals.");
    MEANINGS.put(404, "Something that the request names does not exist for this key.");
    MEANINGS.put(
        409,
        "It contradicts how things are, or the first request with this Idempotency-Key still"
            + " runs.");
    MEANINGS.put(413, "The body, or the file, is larger than the server allows.");
    MEANINGS.put(415, "The body has a type that this operation does not read.");
    MEANINGS.put(422, "The Idempotency-Key was used for another request.");
    MEANINGS.put(
        429,
        "The key's budget is spent for now, or its tenant's requests to a model are too many.");
    MEANINGS.put(500, "An error of the server; its log has the reason, under the request id.");
    MEANINGS.put(502, "The model's server failed.");
    MEANINGS.put(
        503, "The server, its database or its model has too much to do, or cannot be reached.");
    MEANINGS.put(504, "The model took too long.");
    MEANINGS.put(507, "The server's disk is full. Nothing was stored.");
  }

  private static final Set<Integer> TRY_AGAIN = Set.of(429, 503);

  /// Their bodies name collections, files or models.
  private static final Set<String> NAMING =
      Set.of(
          "/api/ask",
          "/api/engine/attribution",
          "/api/engine/embeddings",
          "/api/engine/surprise",
          "/v1/chat/completions",
          "/v1/completions",
          "/v1/embeddings",
          "/v1/rerank",
          "/v1/responses",
          "/v1/vector_stores");

  private static final Set<String> MODEL_CALLS =
      Set.of(
          "/api/ask",
          "/api/engine/attribution",
          "/api/engine/embeddings",
          "/api/engine/surprise",
          "/v1/chat/completions",
          "/v1/completions",
          "/v1/embeddings",
          "/v1/rerank",
          "/v1/responses");

  @Override
  public void customise(OpenAPI api) {
    Components components = api.getComponents();
    components.addSchemas("Problem", problem());
    components.addSchemas("OpenAiError", openAiError());
    components.addSchemas("Unauthorized", unauthorized());
    components.addResponses(
        "Unauthorized",
        reply("No valid API key came with the request.", "application/problem+json", "Unauthorized")
            .addHeaderObject("WWW-Authenticate", new Header().schema(new StringSchema())));
    MEANINGS.forEach((status, meaning) -> {
      components.addResponses(
          "Problem" + status, again(status, reply(meaning, "application/problem+json", "Problem")));
      components.addResponses(
          "OpenAiError" + status, again(status, reply(meaning, "application/json", "OpenAiError")));
    });
    api.getPaths()
        .forEach((path, item) ->
            item.readOperationsMap()
                .forEach((method, operation) -> addErrors(path, method, operation)));
  }

  private static void addErrors(String path, HttpMethod method, Operation operation) {
    String shape = path.startsWith("/v1/") ? "OpenAiError" : "Problem";
    operation.getResponses().addApiResponse("401", ref("Unauthorized"));
    for (int status : statuses(path, method, operation)) {
      operation.getResponses().addApiResponse(Integer.toString(status), ref(shape + status));
    }
  }

  private static Set<Integer> statuses(String path, HttpMethod method, Operation operation) {
    // Any request can be malformed, refused to its key, over its budget or out of luck.
    Set<Integer> statuses = new TreeSet<>(Set.of(400, 403, 429, 500, 503));
    boolean post = method == HttpMethod.POST;
    if (path.contains("{") || (post && NAMING.contains(path))) {
      statuses.add(404);
    }
    if (post) {
      statuses.add(409);
      if (!tellsASecret(path)) {
        statuses.add(422);
      }
    }
    boolean revokes = method == HttpMethod.DELETE && path.equals("/api/keys/{id}");
    if (method == HttpMethod.PUT || revokes) {
      statuses.add(409);
    }
    if (operation.getRequestBody() != null) {
      statuses.add(413);
      if (method != HttpMethod.PUT) { // which takes any type
        statuses.add(415);
      }
    }
    if (post && MODEL_CALLS.contains(path)) {
      statuses.addAll(Set.of(502, 504));
    }
    if (method != HttpMethod.GET && !path.endsWith("/search")) {
      statuses.add(507);
    }
    return statuses;
  }

  /// Such requests take no Idempotency-Key: their replies are not kept.
  static boolean tellsASecret(String path) {
    return path.startsWith("/api/keys") || path.startsWith("/api/tenants");
  }

  private static ApiResponse ref(String name) {
    return new ApiResponse().$ref("#/components/responses/" + name);
  }

  private static ApiResponse reply(String meaning, String mediaType, String schema) {
    Schema<?> ref = new Schema<>().$ref("#/components/schemas/" + schema);
    return new ApiResponse()
        .description(meaning)
        .content(new Content().addMediaType(mediaType, new MediaType().schema(ref)));
  }

  private static ApiResponse again(int status, ApiResponse reply) {
    if (TRY_AGAIN.contains(status)) {
      reply.addHeaderObject(
          "Retry-After", new Header().schema(new IntegerSchema()).description("Seconds."));
    }
    return reply;
  }

  private static Schema<?> problem() {
    return object(
        new ObjectSchema()
            .description("Problem details, RFC 9457.")
            .addProperty("type", text("Stable, relative to the server."))
            .addProperty("title", text("The code in words."))
            .addProperty("status", new IntegerSchema())
            .addProperty("detail", text("What is wrong and what to do."))
            .addProperty("instance", text("The path that was asked."))
            .addProperty("code", text("Stable, for programs."))
            .addProperty("requestId", text("As in the header `x-request-id`."))
            .addProperty(
                "errors",
                new ArraySchema()
                    .items(
                        new ObjectSchema()
                            .addProperty("field", text("The field at fault."))
                            .addProperty("message", text("What is wrong with it.")))),
        List.of("type", "title", "status", "detail", "instance", "code", "requestId"));
  }

  private static Schema<?> openAiError() {
    return object(
        new ObjectSchema().description("OpenAI's error.").addProperty("error", error()),
        List.of("error"));
  }

  private static Schema<?> error() {
    return object(
        new ObjectSchema()
            .addProperty("message", text("What is wrong and what to do."))
            .addProperty("type", text("Whose fault it is, in OpenAI's words."))
            .addProperty("param", orNull("The field at fault."))
            .addProperty("code", text("Stable, for programs.")),
        List.of("message", "type", "param", "code"));
  }

  /// The same on every path, so it speaks both shapes.
  private static Schema<?> unauthorized() {
    return object(
        new ObjectSchema()
            .description("Problem details and OpenAI's error in one.")
            .addProperty("type", text("Stable, relative to the server."))
            .addProperty("title", text("The code in words."))
            .addProperty("status", new IntegerSchema())
            .addProperty("detail", text("What is wrong and what to do."))
            .addProperty("code", text("Stable, for programs."))
            .addProperty("error", error()),
        List.of("type", "title", "status", "detail", "code", "error"));
  }

  private static Schema<?> text(String description) {
    return new StringSchema().description(description);
  }

  private static Schema<?> orNull(String description) {
    Schema<?> schema = new Schema<>().description(description);
    schema.setTypes(new TreeSet<>(Set.of("string", "null"))); // in one order every time
    return schema;
  }

  private static Schema<?> object(Schema<?> schema, List<String> required) {
    schema.setRequired(required);
    return schema;
  }
}
