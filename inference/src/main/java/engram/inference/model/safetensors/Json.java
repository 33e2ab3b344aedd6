package engram.inference.model.safetensors;

import engram.inference.model.file.MappedFile;
import engram.inference.model.file.ModelFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A JSON object from a model's folder, asked for values with their types and ranges.
final class Json {
  static final int FILE_BYTES_MAX = 1 << 24;
  private static final int DEPTH_MAX = 64;

  static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEPTH_MAX)
                  .maxNumberLength(64)
                  .maxNameLength(1 << 16)
                  .maxStringLength(1 << 22)
                  .build())
          .build();

  private static final JsonMapper MAPPER = JsonMapper.builder(FACTORY).build();

  private final Path file;
  private final String path;
  private final JsonNode node;

  private Json(Path file, String path, JsonNode node) {
    this.file = file;
    this.path = path;
    this.node = node;
  }

  static JsonNode tree(Path file) {
    byte[] bytes = MappedFile.read(file, FILE_BYTES_MAX);
    try {
      return MAPPER.readTree(bytes);
    } catch (JacksonException e) {
      throw new ModelFileException(file, "is no valid JSON: " + e.getOriginalMessage(), e);
    }
  }

  static Json read(Path file) {
    return object(file, "", tree(file));
  }

  static Json object(Path file, String path, JsonNode node) {
    if (!node.isObject()) {
      throw new ModelFileException(
          file, path.isEmpty() ? "is no JSON object" : path + " is no object");
    }
    return new Json(file, path, node);
  }

  boolean has(String key) {
    return find(key) != null;
  }

  /// Is there, if only as null.
  boolean mentions(String key) {
    return node.has(key);
  }

  /// Null where it is absent or null.
  private @Nullable JsonNode find(String key) {
    JsonNode value = node.get(key);
    return value == null || value.isNull() ? null : value;
  }

  @Nullable Json child(String key) {
    JsonNode value = find(key);
    return value == null ? null : object(file, name(key), value);
  }

  @Nullable String string(String key) {
    JsonNode value = find(key);
    if (value != null && !value.isString()) {
      throw wrong(name(key) + " is no text");
    }
    return value == null ? null : value.stringValue();
  }

  String string(String key, String absent) {
    String value = string(key);
    return value == null ? absent : value;
  }

  boolean bool(String key, boolean absent) {
    JsonNode value = find(key);
    if (value != null && !value.isBoolean()) {
      throw wrong(name(key) + " is neither true nor false");
    }
    return value == null ? absent : value.booleanValue();
  }

  @Nullable Integer integer(String key, int least, int most) {
    JsonNode value = find(key);
    return value == null ? null : integer(name(key), value, least, most);
  }

  int integer(String key, int least, int most, int absent) {
    Integer value = integer(key, least, most);
    return value == null ? absent : value;
  }

  int requireInteger(String key, int least, int most) {
    Integer value = integer(key, least, most);
    if (value == null) {
      throw wrong("has no " + name(key));
    }
    return value;
  }

  private int integer(String name, JsonNode value, int least, int most) {
    if (!value.isIntegralNumber() || !value.canConvertToInt()) {
      throw wrong(name + " is " + brief(value) + ", no whole number of this size");
    }
    if (value.intValue() < least || value.intValue() > most) {
      throw wrong(name + " is " + value.intValue() + ", not in " + least + ".." + most);
    }
    return value.intValue();
  }

  double number(String key, double absent) {
    JsonNode value = find(key);
    return value == null ? absent : number(name(key), value);
  }

  double requireNumber(String key) {
    JsonNode value = find(key);
    if (value == null) {
      throw wrong("has no " + name(key));
    }
    return number(name(key), value);
  }

  private double number(String name, JsonNode value) {
    if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
      throw wrong(name + " is " + brief(value) + ", no number");
    }
    return value.doubleValue();
  }

  List<Float> floats(String key, int most) {
    List<Float> floats = new ArrayList<>();
    for (JsonNode value : array(key, most)) {
      floats.add((float) number(name(key), value));
    }
    return floats;
  }

  List<String> strings(String key, int most) {
    List<String> strings = new ArrayList<>();
    for (JsonNode value : array(key, most)) {
      if (!value.isString()) {
        throw wrong(name(key) + " holds " + brief(value) + ", no text");
      }
      strings.add(value.stringValue());
    }
    return strings;
  }

  /// A number, or a list of them.
  List<Integer> integers(String key, int least, int most, int countMax) {
    JsonNode value = find(key);
    if (value == null) {
      return List.of();
    }
    if (!value.isArray()) {
      return List.of(integer(name(key), value, least, most));
    }
    List<Integer> integers = new ArrayList<>();
    for (JsonNode each : array(key, countMax)) {
      integers.add(integer(name(key), each, least, most));
    }
    return integers;
  }

  /// Entries of an object, or elements of a list; 0 where it is absent.
  int size(String key) {
    JsonNode value = find(key);
    return value == null ? 0 : value.size();
  }

  private JsonNode array(String key, int most) {
    JsonNode value = find(key);
    if (value == null || !value.isArray()) {
      throw wrong(name(key) + " is no list");
    }
    if (value.size() > most) {
      throw wrong(name(key) + " has " + value.size() + " elements, more than " + most);
    }
    return value;
  }

  private static String brief(JsonNode value) {
    String text = value.toString();
    return text.length() <= 40 ? text : text.substring(0, 40) + "…";
  }

  private String name(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  ModelFileException wrong(String problem) {
    return new ModelFileException(file, problem);
  }
}
