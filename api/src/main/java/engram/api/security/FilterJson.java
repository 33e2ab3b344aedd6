package engram.api.security;

import engram.api.error.Failure;
import engram.retrieval.Filter;
import engram.retrieval.Filter.And;
import engram.retrieval.Filter.Comparison;
import engram.retrieval.Filter.Membership;
import engram.retrieval.Filter.Operator;
import engram.retrieval.Filter.Or;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Filters in OpenAI's shape: `{"type":"eq","key":"year","value":2026}`, `in` and `nin` with a list
/// as value, and `{"type":"and","filters":[…]}`, `or`.
public final class FilterJson {
  public static final int DEPTH_MAX = 10;
  public static final int CONDITIONS_MAX = 500;
  public static final int VALUES_MAX = 1000;
  private static final int KEY_CHARS_MAX = 256;

  private int conditions;

  private FilterJson() {}

  /// @param param the field that holds it, for messages
  /// @throws engram.api.error.FailureException if it is no filter, or a bigger one than allowed
  public static Filter parse(JsonNode node, String param) {
    return new FilterJson().filter(node, param, 1);
  }

  public static Map<String, Object> toJson(Filter filter) {
    return switch (filter) {
      case Comparison(String key, Operator operator, Object value) ->
          Map.of("type", operator.name().toLowerCase(Locale.ROOT), "key", key, "value", value);
      case Membership(String key, List<Object> values, boolean negated) ->
          Map.of("type", negated ? "nin" : "in", "key", key, "value", values);
      case And(List<Filter> filters) -> compound("and", filters);
      case Or(List<Filter> filters) -> compound("or", filters);
    };
  }

  private static Map<String, Object> compound(String type, List<Filter> filters) {
    return Map.of("type", type, "filters", filters.stream().map(FilterJson::toJson).toList());
  }

  private Filter filter(JsonNode node, String param, int depth) {
    if (depth > DEPTH_MAX) {
      throw invalid(param, "nests filters deeper than " + DEPTH_MAX);
    }
    if (++conditions > CONDITIONS_MAX) {
      throw invalid(param, "has more than " + CONDITIONS_MAX + " conditions");
    }
    if (!node.isObject() || !node.path("type").isString()) {
      throw invalid(param, "must be an object with a type");
    }
    String type = node.path("type").stringValue();
    return switch (type) {
      case "and" -> new And(filters(node, param, depth));
      case "or" -> new Or(filters(node, param, depth));
      case "in", "nin" -> membership(node, param, type.equals("nin"));
      case "eq", "ne", "gt", "gte", "lt", "lte" ->
          checked(
              param,
              () ->
                  new Comparison(
                      key(node, param),
                      Operator.valueOf(type.toUpperCase(Locale.ROOT)),
                      value(node.path("value"), param + ".value")));
      default ->
          throw invalid(
              param + ".type", "is not one of eq, ne, gt, gte, lt, lte, in, nin, and, or");
    };
  }

  private List<Filter> filters(JsonNode node, String param, int depth) {
    JsonNode list = node.path("filters");
    if (!list.isArray() || list.isEmpty()) {
      throw invalid(param + ".filters", "must be a list with at least one filter");
    }
    List<Filter> filters = new ArrayList<>();
    for (JsonNode item : list) {
      filters.add(filter(item, param + ".filters[" + filters.size() + "]", depth + 1));
    }
    return filters;
  }

  private static Filter membership(JsonNode node, String param, boolean negated) {
    JsonNode list = node.path("value");
    if (!list.isArray() || list.isEmpty() || list.size() > VALUES_MAX) {
      throw invalid(param + ".value", "must be a list with 1 to " + VALUES_MAX + " values");
    }
    List<Object> values = new ArrayList<>();
    for (JsonNode item : list) {
      values.add(value(item, param + ".value[" + values.size() + "]"));
    }
    return checked(param, () -> new Membership(key(node, param), values, negated));
  }

  private static String key(JsonNode node, String param) {
    JsonNode key = node.path("key");
    if (!key.isString() || key.stringValue().isEmpty()) {
      throw invalid(param + ".key", "must be the name of an attribute");
    }
    if (key.stringValue().length() > KEY_CHARS_MAX) {
      throw invalid(param + ".key", "is longer than " + KEY_CHARS_MAX + " characters");
    }
    return key.stringValue();
  }

  private static Object value(JsonNode node, String param) {
    if (node.isString()) {
      return node.stringValue();
    }
    if (node.isBoolean()) {
      return node.booleanValue();
    }
    if (node.isNumber() && Double.isFinite(node.asDouble(Double.NaN))) {
      return node.asDouble(Double.NaN);
    }
    throw invalid(param, "must be a string, a finite number or a boolean");
  }

  private static Filter checked(String param, java.util.function.Supplier<Filter> filter) {
    try {
      return filter.get();
    } catch (IllegalArgumentException e) {
      String message = e.getMessage();
      throw invalid(param, message == null ? "is not a filter" : "is refused: " + message);
    }
  }

  private static RuntimeException invalid(String param, String message) {
    return Failure.invalid(param, "'" + param + "' " + message + ".").toException();
  }
}
