package engram.inference.decode.grammar;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Keywords of schemas, the types that a schema lets through, and the values that it lists.
final class SchemaTypes {
  static final Set<String> ANNOTATIONS =
      Set.of(
          "title",
          "description",
          "default",
          "examples",
          "example",
          "deprecated",
          "readOnly",
          "writeOnly",
          "$schema",
          "$id",
          "$comment",
          "$defs",
          "definitions");
  static final Set<String> OF_OBJECTS = Set.of("properties", "required", "additionalProperties");
  static final Set<String> OF_ARRAYS = Set.of("items", "minItems", "maxItems");
  static final Set<String> OF_STRINGS = Set.of("minLength", "maxLength", "pattern", "format");
  static final Set<String> OF_NUMBERS =
      Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum");
  static final Set<String> OF_ALL =
      Set.of("type", "enum", "const", "nullable", "$ref", "anyOf", "oneOf", "allOf");
  private static final List<String> TYPES =
      List.of("null", "boolean", "integer", "number", "string", "array", "object");

  private SchemaTypes() {}

  /// One of the listed values that are of a type that is let through.
  static Expression listed(JsonNode schema, String at) {
    for (String other : schema.propertyNames()) {
      if (!ANNOTATIONS.contains(other)
          && !Set.of("enum", "const", "type", "nullable").contains(other)) {
        throw JsonSchemaReader.wrong(
            at, "keyword '" + other + "' beside 'enum' or 'const' is not supported");
      }
    }
    Set<JsonNode> values = new LinkedHashSet<>();
    JsonNode list = schema.get("enum");
    JsonNode constant = schema.get("const");
    if (list != null) {
      if (!list.isArray()) {
        throw JsonSchemaReader.wrong(at, "enum is no list");
      }
      values.addAll(list.values());
    }
    if (constant != null && (list == null || values.contains(constant))) {
      values = Set.of(constant);
    } else if (constant != null) {
      values = Set.of();
    }
    Set<String> types = types(schema, at);
    List<Expression> literals = new ArrayList<>();
    for (JsonNode value : values) {
      if (types.isEmpty() || types.stream().anyMatch(type -> isOfType(value, type))) {
        literals.add(JsonText.literal(value));
      }
    }
    if (literals.isEmpty()) {
      throw JsonSchemaReader.wrong(at, "no value is left: enum, const and type exclude each other");
    }
    return Expression.choice(literals);
  }

  static boolean isOfType(JsonNode value, String type) {
    return switch (type) {
      case "null" -> value.isNull();
      case "boolean" -> value.isBoolean();
      case "integer" -> value.isNumber() && value.decimalValue().stripTrailingZeros().scale() <= 0;
      case "number" -> value.isNumber();
      case "string" -> value.isString();
      case "array" -> value.isArray();
      default -> value.isObject();
    };
  }

  static Set<String> types(JsonNode schema, String at) {
    JsonNode type = schema.get("type");
    Set<String> types = new LinkedHashSet<>();
    if (type != null) {
      for (JsonNode one : type.isArray() ? type.values() : List.of(type)) {
        if (!one.isString() || !TYPES.contains(one.stringValue())) {
          throw JsonSchemaReader.wrong(at, "type " + one + " is none of " + TYPES);
        }
        types.add(one.stringValue());
      }
      if (types.isEmpty()) {
        throw JsonSchemaReader.wrong(at, "type lists no type");
      }
      if (nullable(schema, at)) {
        types.add("null");
      }
    }
    return types;
  }

  static boolean nullable(JsonNode schema, String at) {
    JsonNode nullable = schema.get("nullable");
    if (nullable != null && !nullable.isBoolean()) {
      throw JsonSchemaReader.wrong(at, "nullable is no boolean");
    }
    return nullable != null && nullable.booleanValue();
  }

  /// A schema without a type that speaks of members means objects: other values would be valid, and
  /// nobody wants them.
  static Set<String> byKeywords(JsonNode schema) {
    Set<String> types = new LinkedHashSet<>();
    for (String keyword : schema.propertyNames()) {
      if (OF_OBJECTS.contains(keyword)) {
        types.add("object");
      } else if (OF_ARRAYS.contains(keyword)) {
        types.add("array");
      } else if (OF_STRINGS.contains(keyword)) {
        types.add("string");
      } else if (OF_NUMBERS.contains(keyword)) {
        types.add("integer");
      }
    }
    return types;
  }
}
