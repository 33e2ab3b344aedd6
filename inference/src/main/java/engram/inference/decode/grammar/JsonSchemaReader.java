package engram.inference.decode.grammar;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads a JSON schema (2020-12) as a grammar. Whatever follows the grammar is valid against the
/// schema; not all that is valid follows the grammar.
///
/// - `type` (also several), `enum`, `const`, `nullable`, `$ref` within the schema (also recursive);
/// - objects: `properties` in the schema's order, `required`, `additionalProperties`; where that is
///   absent beside `properties`, no others come, which the schema allows too;
/// - arrays: `items`, `minItems`, `maxItems`;
/// - strings: `minLength`, `maxLength`, or `pattern`, or `format` (`date`, `time`, `date-time`,
///   `uuid`);
/// - `integer`: `minimum`, `maximum` and their exclusive forms;
/// - `anyOf`; `oneOf` where no value can be of two of its branches; `allOf` with one branch.
///
/// Any other keyword that would limit values is refused by name. Titles, descriptions, defaults and
/// examples are skipped.
public final class JsonSchemaReader {
  public static final int CHARS_MAX = 1 << 20;

  private static final JsonMapper MAPPER = JsonMapper.builder().build();
  private static final Map<String, String> FORMATS =
      Map.of(
          "date", Formats.DATE,
          "time", Formats.TIME,
          "date-time", Formats.DATE_TIME,
          "uuid", Formats.UUID);

  private static final List<String> HOLD_OTHERS =
      List.of("items", "properties", "additionalProperties", "anyOf", "oneOf", "allOf");

  private final JsonNode root;
  private final Map<String, Expression> rules = new LinkedHashMap<>(JsonText.rules());
  private final Deque<Place> waiting = new ArrayDeque<>();
  private final Set<String> referred = new HashSet<>();

  /// A schema that becomes a rule.
  private record Place(String rule, JsonNode schema, String at) {}

  private JsonSchemaReader(JsonNode root) {
    this.root = root;
  }

  /// @throws GrammarException with the place in the schema, if it is none, or asks what is not
  ///   supported, or no finite value can be valid
  public static Grammar read(String schema) {
    if (schema.length() > CHARS_MAX) {
      throw new GrammarException(
          "the schema has " + schema.length() + " UTF-16 units > " + CHARS_MAX);
    }
    try {
      JsonNode root = MAPPER.readTree(schema);
      requireNumbers(root);
      return new JsonSchemaReader(root).grammar();
    } catch (JacksonException e) {
      throw new GrammarException("the schema is no JSON: " + e.getOriginalMessage());
    }
  }

  /// A number such as `1e999` is read as an infinity, which no output can have.
  private static void requireNumbers(JsonNode root) {
    Deque<JsonNode> open = new ArrayDeque<>(List.of(root));
    while (!open.isEmpty()) {
      JsonNode node = open.pop();
      if (node.isNumber() && !Double.isFinite(node.doubleValue())) {
        throw new GrammarException("the schema has a number that is too large");
      }
      node.values().forEach(open::push);
    }
  }

  /// Any JSON value, where there is no schema.
  public static Grammar anyObject() {
    Map<String, Expression> rules = new LinkedHashMap<>(JsonText.rules());
    rules.put("#", JsonText.anyObject());
    return new Grammar("#", rules);
  }

  private Grammar grammar() {
    refer("#");
    while (!waiting.isEmpty()) {
      Place place = waiting.remove();
      rules.put(place.rule, schema(place.schema, place.at));
    }
    return new Grammar("#", rules);
  }

  private Expression refer(String pointer) {
    if (referred.add(pointer)) {
      waiting.add(new Place(pointer, SchemaPointer.resolve(root, pointer), pointer));
    }
    return new Expression.Reference(pointer);
  }

  /// A schema within another. One that holds others is a rule of its own: a list names its items
  /// twice, so written out in place they would double at each level.
  private Expression within(JsonNode schema, String at) {
    if (HOLD_OTHERS.stream().noneMatch(schema::has)) {
      return schema(schema, at);
    }
    // No pointer begins so.
    String rule = "within " + at;
    if (referred.add(rule)) {
      waiting.add(new Place(rule, schema, at));
    }
    return new Expression.Reference(rule);
  }

  private Expression schema(JsonNode schema, String at) {
    if (schema.isBoolean()) {
      if (!schema.booleanValue()) {
        throw wrong(at, "false allows no value");
      }
      return JsonText.value();
    }
    if (!schema.isObject()) {
      throw wrong(at, "a schema is an object or a boolean");
    }
    for (String keyword : schema.propertyNames()) {
      if (!SchemaTypes.ANNOTATIONS.contains(keyword)
          && !SchemaTypes.OF_ALL.contains(keyword)
          && !SchemaTypes.OF_OBJECTS.contains(keyword)
          && !SchemaTypes.OF_ARRAYS.contains(keyword)
          && !SchemaTypes.OF_STRINGS.contains(keyword)
          && !SchemaTypes.OF_NUMBERS.contains(keyword)) {
        throw wrong(at, "keyword '" + keyword + "' is not supported");
      }
    }
    for (String whole : List.of("$ref", "anyOf", "oneOf", "allOf")) {
      if (schema.has(whole)) {
        return nullableToo(schema, at, whole(schema, at, whole));
      }
    }
    return schema.has("enum") || schema.has("const")
        ? SchemaTypes.listed(schema, at)
        : typed(schema, at);
  }

  /// What says all about a value by itself: beside it nothing else may limit the value.
  private Expression whole(JsonNode schema, String at, String keyword) {
    for (String other : schema.propertyNames()) {
      if (!other.equals(keyword)
          && !SchemaTypes.ANNOTATIONS.contains(other)
          && !other.equals("nullable")) {
        throw wrong(at, "keyword '" + other + "' beside '" + keyword + "' is not supported");
      }
    }
    JsonNode value = schema.get(keyword);
    if (keyword.equals("$ref")) {
      if (!value.isString() || !value.stringValue().startsWith("#")) {
        throw wrong(at, "$ref " + value + " does not point into this schema");
      }
      return refer(value.stringValue());
    }
    if (!value.isArray() || value.isEmpty()) {
      throw wrong(at, keyword + " is no list of schemas");
    }
    if (keyword.equals("allOf") && value.size() > 1) {
      throw wrong(at, "keyword 'allOf' with more than one schema is not supported");
    }
    if (keyword.equals("oneOf")) {
      Disjoint.require(root, value, at);
    }
    List<Expression> branches = new ArrayList<>();
    for (int i = 0; i < value.size(); i++) {
      branches.add(within(value.get(i), at + "/" + keyword + "/" + i));
    }
    return Expression.choice(branches);
  }

  private Expression nullableToo(JsonNode schema, String at, Expression expression) {
    return SchemaTypes.nullable(schema, at)
        ? Expression.choice(expression, new Expression.Literal("null"))
        : expression;
  }

  private Expression typed(JsonNode schema, String at) {
    Set<String> types = SchemaTypes.types(schema, at);
    if (types.isEmpty()) {
      types = SchemaTypes.byKeywords(schema);
    }
    if (types.isEmpty()) {
      return JsonText.value();
    }
    List<Expression> alternatives = new ArrayList<>();
    for (String type : types) {
      switch (type) {
        case "null" -> alternatives.add(new Expression.Literal("null"));
        case "boolean" -> {
          alternatives.add(new Expression.Literal("true"));
          alternatives.add(new Expression.Literal("false"));
        }
        case "integer" -> alternatives.add(integer(schema, at));
        case "number" -> alternatives.add(number(schema, at));
        case "string" -> alternatives.add(string(schema, at));
        case "array" -> alternatives.add(array(schema, at));
        default -> alternatives.add(object(schema, at));
      }
    }
    return Expression.choice(alternatives);
  }

  private Expression integer(JsonNode schema, String at) {
    if (SchemaTypes.OF_NUMBERS.stream().noneMatch(schema::has)) {
      return new Expression.Reference(JsonText.INTEGER);
    }
    long first = -IntegerRange.ABS_MAX;
    long last = IntegerRange.ABS_MAX;
    for (String keyword : SchemaTypes.OF_NUMBERS) {
      JsonNode bound = schema.get(keyword);
      if (bound == null) {
        continue;
      }
      if (!bound.isNumber()) {
        throw wrong(at, keyword + " " + bound + " is no number");
      }
      BigDecimal value = bound.decimalValue();
      if (value.abs().compareTo(BigDecimal.valueOf(IntegerRange.ABS_MAX)) > 0) {
        throw wrong(at, keyword + " " + bound + " is beyond " + IntegerRange.ABS_MAX);
      }
      long floor = value.setScale(0, RoundingMode.FLOOR).longValueExact();
      long ceiling = value.setScale(0, RoundingMode.CEILING).longValueExact();
      switch (keyword) {
        case "minimum" -> first = Math.max(first, ceiling);
        case "exclusiveMinimum" -> first = Math.max(first, floor + 1);
        case "maximum" -> last = Math.min(last, floor);
        default -> last = Math.min(last, ceiling - 1);
      }
    }
    if (first > last) {
      throw wrong(at, "no integer is at least " + first + " and at most " + last);
    }
    return IntegerRange.between(first, last);
  }

  private static Expression number(JsonNode schema, String at) {
    for (String keyword : SchemaTypes.OF_NUMBERS) {
      if (schema.has(keyword)) {
        throw wrong(at, "keyword '" + keyword + "' of type number is not supported");
      }
    }
    return JsonText.number();
  }

  private static Expression string(JsonNode schema, String at) {
    JsonNode pattern = schema.get("pattern");
    JsonNode format = schema.get("format");
    boolean counted = schema.has("minLength") || schema.has("maxLength");
    if ((pattern != null && format != null) || (counted && (pattern != null || format != null))) {
      throw wrong(at, "only one of pattern, format, and lengths is supported for a string");
    }
    if (pattern != null || format != null) {
      String regex;
      if (format == null) {
        if (pattern == null || !pattern.isString()) {
          throw wrong(at, "pattern is no string");
        }
        regex = pattern.stringValue();
      } else {
        String known = format.isString() ? FORMATS.get(format.stringValue()) : null;
        if (known == null) {
          throw wrong(at, "format " + format + " is not supported");
        }
        regex = known;
      }
      return JsonText.quoted(RegexReader.read(regex, JsonText::character));
    }
    if (!counted) {
      return JsonText.string();
    }
    int min = count(schema, at, "minLength", 0);
    int max = count(schema, at, "maxLength", Expression.Repeat.UNBOUNDED);
    requireOrder(at, min, max);
    return JsonText.quoted(new Expression.Repeat(JsonText.character(CodePoints.ALL), min, max));
  }

  private Expression array(JsonNode schema, String at) {
    JsonNode items = schema.get("items");
    int min = count(schema, at, "minItems", 0);
    int max = count(schema, at, "maxItems", Expression.Repeat.UNBOUNDED);
    requireOrder(at, min, max);
    if (max == 0) {
      return JsonText.array(JsonText.value(), 0, 0);
    }
    Expression item = items == null ? JsonText.value() : within(items, at + "/items");
    return JsonText.array(item, min, max);
  }

  private static void requireOrder(String at, int min, int max) {
    if (max != Expression.Repeat.UNBOUNDED && max < min) {
      throw wrong(at, "at least " + min + " and at most " + max + " cannot be");
    }
  }

  private static int count(JsonNode schema, String at, String keyword, int absent) {
    JsonNode value = schema.get(keyword);
    if (value == null) {
      return absent;
    }
    if (!value.isNumber()
        || !SchemaTypes.isOfType(value, "integer")
        || value.decimalValue().signum() < 0
        || value.decimalValue().compareTo(BigDecimal.valueOf(GrammarReader.REPEAT_MAX)) > 0) {
      throw wrong(at, keyword + " " + value + " is no count from 0 to " + GrammarReader.REPEAT_MAX);
    }
    return value.decimalValue().intValueExact();
  }

  private Expression object(JsonNode schema, String at) {
    Map<String, Expression> members = new LinkedHashMap<>();
    JsonNode properties = schema.get("properties");
    if (properties != null) {
      if (!properties.isObject()) {
        throw wrong(at, "properties is no object");
      }
      for (var property : properties.properties()) {
        String place = at + "/properties/" + SchemaPointer.escape(property.getKey());
        members.put(property.getKey(), within(property.getValue(), place));
      }
    }
    @Nullable Expression additional = additional(schema, at, properties != null);
    Set<String> required = required(schema, at);
    for (String name : required) {
      if (!members.containsKey(name)) {
        JsonNode others = schema.get("additionalProperties");
        if (others != null && others.isBoolean() && !others.booleanValue()) {
          throw wrong(at, "'" + name + "' is required and no property");
        }
        members.put(name, additional == null ? JsonText.value() : additional);
      }
    }
    if (members.isEmpty() && additional == null) {
      return Expression.sequence(
          new Expression.Literal("{"), JsonText.space(), new Expression.Literal("}"));
    }
    return new ObjectRules(at, members, required, additional).into(rules);
  }

  private @Nullable Expression additional(JsonNode schema, String at, boolean hasProperties) {
    JsonNode others = schema.get("additionalProperties");
    if (others == null) {
      return hasProperties ? null : JsonText.value();
    }
    if (others.isBoolean() && !others.booleanValue()) {
      return null;
    }
    return within(others, at + "/additionalProperties");
  }

  private static Set<String> required(JsonNode schema, String at) {
    Set<String> names = new LinkedHashSet<>();
    JsonNode required = schema.get("required");
    if (required != null) {
      if (!required.isArray()) {
        throw wrong(at, "required is no list");
      }
      for (JsonNode name : required) {
        if (!name.isString()) {
          throw wrong(at, "required has " + name + ", which is no name");
        }
        names.add(name.stringValue());
      }
    }
    return names;
  }

  static GrammarException wrong(String at, String what) {
    return new GrammarException("schema at " + at + ": " + what);
  }
}
