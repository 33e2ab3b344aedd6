package engram.inference.decode.grammar;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Whether no value can be of two branches of a `oneOf`: only then does a value of one branch
/// satisfy the whole. Told by what is plain to see: other types, other listed values, or a member
/// that both require with other listed values.
final class Disjoint {
  private static final int REFERENCES_MAX = 16;
  private static final Set<String> ALL_TYPES =
      Set.of("null", "boolean", "integer", "number", "string", "array", "object");

  private Disjoint() {}

  static void require(JsonNode root, JsonNode branches, String at) {
    for (int i = 0; i < branches.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (!disjoint(root, branches.get(i), branches.get(j), at)) {
          throw JsonSchemaReader.wrong(
              at, "keyword 'oneOf': a value might be of its branches " + j + " and " + i);
        }
      }
    }
  }

  private static boolean disjoint(JsonNode root, JsonNode one, JsonNode other, String at) {
    JsonNode a = follow(root, one, at);
    JsonNode b = follow(root, other, at);
    if (!a.isObject() || !b.isObject()) {
      return false;
    }
    Set<JsonNode> valuesOfA = listed(a);
    Set<JsonNode> valuesOfB = listed(b);
    if (valuesOfA != null && valuesOfB != null) {
      // By value: 1 and 1.0 are the same number.
      return valuesOfA.stream().noneMatch(x -> valuesOfB.stream().anyMatch(y -> same(x, y)));
    }
    Set<String> common = types(a, valuesOfA, at);
    common.retainAll(types(b, valuesOfB, at));
    return common.isEmpty() || (common.equals(Set.of("object")) && toldByMember(root, a, b, at));
  }

  private static boolean same(JsonNode x, JsonNode y) {
    if (x.isNumber() && y.isNumber()) {
      return x.decimalValue().compareTo(y.decimalValue()) == 0;
    }
    // Lists and objects may hold numbers; they are compared by type only.
    return x.equals(y) || (x.isContainer() && y.isContainer() && x.isArray() == y.isArray());
  }

  private static boolean toldByMember(JsonNode root, JsonNode a, JsonNode b, String at) {
    JsonNode propertiesOfA = a.path("properties");
    JsonNode propertiesOfB = b.path("properties");
    for (JsonNode name : a.path("required")) {
      if (!name.isString() || !b.path("required").valueStream().anyMatch(name::equals)) {
        continue;
      }
      JsonNode inA = propertiesOfA.get(name.stringValue());
      JsonNode inB = propertiesOfB.get(name.stringValue());
      if (inA != null && inB != null) {
        Set<JsonNode> valuesOfA = listed(follow(root, inA, at));
        Set<JsonNode> valuesOfB = listed(follow(root, inB, at));
        if (valuesOfA != null
            && valuesOfB != null
            && valuesOfA.stream().noneMatch(x -> valuesOfB.stream().anyMatch(y -> same(x, y)))) {
          return true;
        }
      }
    }
    return false;
  }

  private static Set<String> types(JsonNode schema, @Nullable Set<JsonNode> listed, String at) {
    Set<String> types = new HashSet<>();
    if (listed != null) {
      for (JsonNode value : listed) {
        ALL_TYPES.stream().filter(type -> SchemaTypes.isOfType(value, type)).forEach(types::add);
      }
    } else {
      types.addAll(SchemaTypes.types(schema, at));
    }
    if (types.isEmpty()) {
      types.addAll(ALL_TYPES);
    }
    if (types.contains("number")) {
      types.add("integer");
    }
    if (schema.path("nullable").asBoolean(false)) {
      types.add("null");
    }
    return types;
  }

  private static @Nullable Set<JsonNode> listed(JsonNode schema) {
    if (schema.path("nullable").asBoolean(false)) {
      return null;
    }
    if (schema.has("const")) {
      return Set.of(schema.get("const"));
    }
    JsonNode list = schema.get("enum");
    return list != null && list.isArray() ? new HashSet<>(list.values()) : null;
  }

  private static JsonNode follow(JsonNode root, JsonNode schema, String at) {
    JsonNode node = schema;
    for (int i = 0; i < REFERENCES_MAX && node.isObject() && node.has("$ref"); i++) {
      JsonNode reference = node.get("$ref");
      if (!reference.isString() || !reference.stringValue().startsWith("#")) {
        throw JsonSchemaReader.wrong(at, "$ref " + reference + " does not point into this schema");
      }
      node = SchemaPointer.resolve(root, reference.stringValue());
    }
    return node;
  }
}
