package engram.inference.tokenizer;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Looks into a tokenizer's JSON; what has another type than it must is refused.
final class Json {
  private static final int MAX_DEPTH = 64;
  private static final JsonMapper MAPPER =
      new JsonMapper(
          JsonFactory.builder()
              .streamReadConstraints(
                  StreamReadConstraints.builder()
                      .maxNestingDepth(MAX_DEPTH)
                      .maxStringLength(Limits.MAX_FILE_BYTES)
                      .build())
              .build());

  private Json() {}

  static JsonNode read(byte[] file, String what) {
    Limits.check(what + " has a length of", file.length, Limits.MAX_FILE_BYTES);
    try {
      JsonNode root = MAPPER.readTree(file);
      if (root == null || !root.isObject()) {
        throw new TokenizerFileException(what + " is no JSON object");
      }
      return root;
    } catch (JacksonException unreadable) {
      throw new TokenizerFileException(
          what + " cannot be read: " + unreadable.getOriginalMessage(), unreadable);
    }
  }

  static boolean has(JsonNode node, String field) {
    return node.path(field).isObject();
  }

  static String type(JsonNode node) {
    return text(node, "type");
  }

  static String text(JsonNode node, String field) {
    String text = textOrNull(node, field);
    if (text == null) {
      throw new TokenizerFileException("'" + field + "' is missing");
    }
    return text;
  }

  static String text(JsonNode node, String field, String otherwise) {
    String text = textOrNull(node, field);
    return text == null ? otherwise : text;
  }

  static @Nullable String textOrNull(JsonNode node, String field) {
    JsonNode value = node.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    if (!value.isString()) {
      throw new TokenizerFileException("'" + field + "' is no string");
    }
    return value.stringValue();
  }

  static boolean flag(JsonNode node, String field, boolean otherwise) {
    JsonNode value = node.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return otherwise;
    }
    if (!value.isBoolean()) {
      throw new TokenizerFileException("'" + field + "' is no truth value");
    }
    return value.booleanValue();
  }

  static int number(JsonNode node, String field, int otherwise) {
    JsonNode value = node.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return otherwise;
    }
    return number(value, field);
  }

  static int number(JsonNode value, String what) {
    if (!value.isIntegralNumber() || !value.canConvertToInt()) {
      throw new TokenizerFileException("'" + what + "' is no whole number");
    }
    return value.intValue();
  }

  /// The steps of a `Sequence`, or the one step itself; empty for null.
  static List<JsonNode> steps(JsonNode node, String field) {
    List<JsonNode> steps = new ArrayList<>();
    collect(node, field, steps);
    return steps;
  }

  private static void collect(JsonNode node, String field, List<JsonNode> steps) {
    if (node.isMissingNode() || node.isNull()) {
      return;
    }
    if (type(node).equals("Sequence")) {
      for (JsonNode step : node.path(field)) {
        collect(step, field, steps);
      }
    } else {
      steps.add(node);
      Limits.check("the number of steps is", steps.size(), Limits.MAX_STEPS);
    }
  }
}
