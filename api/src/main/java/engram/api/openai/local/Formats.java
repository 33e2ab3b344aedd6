package engram.api.openai.local;

import static engram.api.openai.RequestFields.given;

import engram.api.openai.RequestProblem;
import engram.inference.OutputFormat;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What an output must look like, in OpenAI's words and one of ours (`grammar`).
public final class Formats {
  private Formats() {}

  /// `response_format` of chat, whose schema lies one object deeper than that of responses'
  /// `text.format`.
  ///
  /// @param param where it stands in the request, for messages
  public static OutputFormat read(@Nullable JsonNode format, String param) {
    if (!given(format) || format == null) {
      return OutputFormat.FREE;
    }
    if (!format.isObject()) {
      throw RequestProblem.invalid(param, "'" + param + "' is an object with a 'type'.");
    }
    String type = format.path("type").asString("");
    return switch (type) {
      case "text" -> OutputFormat.FREE;
      case "json_object" -> new OutputFormat.JsonObject();
      case "json_schema" -> {
        JsonNode named = format.path("json_schema");
        JsonNode schema = named.isMissingNode() ? format.path("schema") : named.path("schema");
        if (!schema.isObject()) {
          throw RequestProblem.invalid(param, "'" + param + "' needs a 'schema', an object.");
        }
        yield new OutputFormat.JsonSchema(schema.toString());
      }
      case "grammar" -> {
        JsonNode grammar = format.path("grammar");
        if (!grammar.isString()) {
          throw RequestProblem.invalid(
              param, "'" + param + "' needs a 'grammar', a string (GBNF).");
        }
        yield new OutputFormat.Grammar(grammar.stringValue());
      }
      default ->
          throw RequestProblem.invalid(
              param + ".type",
              "'" + param + ".type' is 'text', 'json_object', 'json_schema' or 'grammar'.");
    };
  }
}
