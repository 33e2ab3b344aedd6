package engram.inference.decode.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class JsonSchemaTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());
  private static final JsonMapper MAPPER = JsonMapper.builder().build();
  private static final SchemaRegistry REGISTRY =
      SchemaRegistry.withDefaultDialect(
          SpecificationVersion.DRAFT_2020_12,
          builder ->
              builder.schemaRegistryConfig(
                  com.networknt.schema.SchemaRegistryConfig.builder()
                      .formatAssertionsEnabled(true)
                      .build()));

  @ParameterizedTest
  @ValueSource(
      strings = {
        """
        {"type": "object", "properties": {"name": {"type": "string", "maxLength": 10},
         "age": {"type": "integer", "minimum": 0, "maximum": 130}, "ok": {"type": "boolean"}},
         "required": ["name", "age"], "additionalProperties": false}\
        """,
        """
        {"type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "null"},
         "na\\"me": {"type": "integer"}, "name": {"type": "integer"}, "nam": {"type": "integer"}},
         "additionalProperties": {"type": "string", "minLength": 1, "maxLength": 3}}\
        """,
        """
        {"type": "array", "items": {"enum": ["red", "green", 5, null, {"x": [1, 2]}, "\\u00e9\\n"]},
         "minItems": 2, "maxItems": 5}\
        """,
        """
        {"$defs": {"node": {"type": "object", "properties": {"value": {"type": "integer"},
         "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}},
         "required": ["value", "next"], "additionalProperties": false}}, "$ref": "#/$defs/node"}\
        """,
        """
        {"type": "object", "properties": {"children": {"type": "array", "items": {"$ref": "#"}},
         "tag": {"const": "a/b"}}, "required": ["tag"]}\
        """,
        """
        {"oneOf": [{"type": "object", "properties": {"kind": {"const": "circle"},
         "r": {"type": "number"}}, "required": ["kind", "r"]},
         {"type": "object", "properties": {"kind": {"enum": ["square", "rect"]},
         "w": {"type": "integer"}}, "required": ["kind"]}, {"type": "string"}]}\
        """,
        """
        {"type": "string", "pattern": "^(\\\\d{3}-)?[A-Z\\\\u00e0-\\\\u00fc\\"\\\\\\\\]+\\\\s?$"}\
        """,
        """
        {"type": "string", "pattern": "[0-9]{2}"}\
        """,
        """
        {"type": "object", "properties": {"on": {"type": "string", "format": "date"},
         "at": {"type": "string", "format": "date-time"}, "id": {"type": "string", "format": "uuid"},
         "t": {"type": "string", "format": "time"}}, "required": ["on", "at", "id", "t"]}\
        """,
        """
        {"type": ["string", "null", "integer"], "minLength": 2, "maxLength": 4,
         "exclusiveMinimum": -1234, "exclusiveMaximum": 7}\
        """,
        """
        {"type": "array", "items": {"type": "string", "minLength": 40, "maxLength": 50},
         "maxItems": 1}\
        """,
        """
        {"properties": {"any": true, "list": {"items": {}}}, "required": ["any", "other"]}\
        """,
        "{}",
        "true",
        """
        {"type": "object", "additionalProperties": {"type": "array", "maxItems": 0}}\
        """,
        """
        {"type": "object", "properties": {}, "additionalProperties": false}\
        """,
      })
  void whateverRandomScoresSayTheOutputParsesAndValidates(String schema) {
    Schema validator = REGISTRY.getSchema(schema);
    Constraint constraint = Outputs.constraint(JsonSchemaReader.read(schema));
    Random random = new Random(SEED);
    for (int round = 0; round < 60; round++) {
      String output = Outputs.draw(constraint, random, random.nextInt(200));
      JsonNode parsed = MAPPER.readTree(output);
      assertThat(parsed).isNotNull();
      assertThat(validator.validate(output, InputFormat.JSON))
          .as("-Dseed=%d, round %d, %s", SEED, round, output)
          .isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "{\"not\": {}} ~ keyword 'not'",
        "{\"properties\": {\"a\": {\"multipleOf\": 3}}} ~ #/properties/a: keyword 'multipleOf'",
        "{\"type\": \"number\", \"minimum\": 3} ~ keyword 'minimum' of type number",
        "{\"patternProperties\": {}} ~ keyword 'patternProperties'",
        "{\"uniqueItems\": true} ~ keyword 'uniqueItems'",
        "{\"anyOf\": [{}], \"type\": \"string\"} ~ keyword 'type' beside 'anyOf'",
        "{\"oneOf\": [{\"type\": \"integer\"}, {\"type\": \"number\"}]} ~ branches 0 and 1",
        "{\"oneOf\": [{\"const\": 1}, {\"const\": 1.0}]} ~ branches 0 and 1",
        "{\"allOf\": [{}, {}]} ~ 'allOf' with more than one",
        "{\"$ref\": \"http://x.test/s\"} ~ does not point into this schema",
        "{\"$ref\": \"#/$defs/none\"} ~ points at nothing",
        "{\"$ref\": \"#\"} ~ can lead to no finite text",
        "{\"type\": \"object\", \"properties\": {\"a\": {\"$ref\": \"#\"}}, \"required\": [\"a\"]}"
            + " ~ can lead to no finite text",
        "{\"type\": \"text\"} ~ type \"text\" is none of",
        "{\"type\": \"integer\", \"minimum\": 5, \"maximum\": 4} ~ no integer is at least 5",
        "{\"minItems\": 3, \"maxItems\": 2} ~ at least 3 and at most 2",
        "{\"minLength\": -1} ~ minLength -1",
        "{\"maxLength\": 1000000} ~ maxLength 1000000",
        "{\"enum\": []} ~ no value is left",
        "{\"enum\": [1], \"type\": \"string\"} ~ no value is left",
        "{\"type\": \"string\", \"pattern\": \"(?=a)b\"} ~ '(?=' is not supported",
        "{\"type\": \"string\", \"pattern\": \"\\\\\\\\bword\"} ~ '\\b' is not supported",
        "{\"type\": \"string\", \"pattern\": \"a(\"} ~ ')' is missing",
        "{\"type\": \"string\", \"pattern\": \"a\", \"minLength\": 3} ~ only one of",
        "{\"type\": \"string\", \"format\": \"color\"} ~ format \"color\" is not supported",
        "{\"required\": [\"a\"], \"additionalProperties\": false} ~ 'a' is required",
        "false ~ allows no value",
        "[1] ~ a schema is an object or a boolean",
        "{\"a\" ~ no JSON",
        "{\"type\": \"integer\", \"maximum\": 1e999} ~ a number that is too large",
        "{\"enum\": [1, [-1e999]]} ~ a number that is too large",
      })
  void whatCannotBeHeldIsRefusedByNameAndPlace(String schema, String complaint) {
    assertThatThrownBy(() -> JsonSchemaReader.read(schema.replace("\\\\\\\\", "\\\\")))
        .isInstanceOf(GrammarException.class)
        .hasMessageContaining(complaint);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 20, 240})
  void listsAndMembersNestAsDeepAsASchemaDoes(int depth) {
    Map<String, String> outputs =
        Map.of(
            "{\"items\": %s}",
            "[".repeat(depth) + "7" + "]".repeat(depth),
            "{\"additionalProperties\": %s}",
            "{\"a\":".repeat(depth) + "7" + "}".repeat(depth),
            "{\"properties\": {\"b\": %s}, \"additionalProperties\": false}",
            "{\"b\":".repeat(depth) + "7" + "}".repeat(depth));
    outputs.forEach((level, output) -> {
      String schema = "{\"type\": \"integer\"}";
      for (int i = 0; i < depth; i++) {
        schema = level.formatted(schema);
      }
      Automaton automaton = new Automaton(JsonSchemaReader.read(schema));
      Automaton.State end =
          automaton.run(
              automaton.start(), output.getBytes(java.nio.charset.StandardCharsets.UTF_8));
      assertThat(end != null && end.accepting()).as(schema).isTrue();
      assertThat(
              automaton.run(
                  automaton.start(),
                  output.replace('7', 'x').getBytes(java.nio.charset.StandardCharsets.UTF_8)))
          .isNull();
    });
  }

  @Test
  void aNameTooLongToTellApartFromOthersIsRefused() {
    String schema = "{\"properties\": {\"%s\": {}}, \"additionalProperties\": %s}";
    String name = "n".repeat(40_000);
    assertThatThrownBy(() -> JsonSchemaReader.read(schema.formatted(name, "true")))
        .isInstanceOf(GrammarException.class)
        .hasMessageContaining("name has 40000 UTF-16 units > 256");
    assertThat(JsonSchemaReader.read(schema.formatted(name, "false"))).isNotNull();
  }

  @Test
  void rangesOfIntegersAreExact() {
    Random random = new Random(SEED);
    for (int round = 0; round < 120; round++) {
      int a = random.nextInt(-1200, 1200);
      int b = a + random.nextInt(1 << random.nextInt(11));
      Automaton automaton =
          new Automaton(
              JsonSchemaReader.read(
                  "{\"type\":\"integer\",\"minimum\":%d,\"maximum\":%d}".formatted(a, b)));
      for (int i = -3500; i < 3500; i++) {
        Automaton.State end =
            automaton.run(
                automaton.start(),
                Integer.toString(i).getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        assertThat(end != null && end.accepting())
            .as("-Dseed=%d, %d in [%d, %d]", SEED, i, a, b)
            .isEqualTo(a <= i && i <= b);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "{\"a\": 1} ~ true",
        "{\"a\": 1, \"b\": true} ~ true",
        "{\"b\": true} ~ false",
        "{\"b\": true, \"a\": 1} ~ false",
        "{\"a\": 1, \"a\": 2} ~ false",
        "{\"a\": 1, \"c\": null} ~ true",
        "{\"a\": 1, \"ab\": null} ~ true",
        "{\"a\": 1, \"\": null, \"x\": null} ~ true",
        "{\"a\": 1, \"b\": null} ~ false",
        "{\"a\": 1, \"\\u0061\": null} ~ false",
        "{\"a\":1,\"b\":false,\"q\":null} ~ true",
      })
  void membersComeOnceAndInOrderAndOthersHaveOtherNames(String output, boolean valid) {
    Automaton automaton =
        new Automaton(
            JsonSchemaReader.read(
                """
                {"properties": {"a": {"type": "integer"}, "b": {"type": "boolean"}},
                 "required": ["a"], "additionalProperties": {"type": "null"}}\
                """));
    Automaton.State end =
        automaton.run(automaton.start(), output.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    assertThat(end != null && end.accepting()).isEqualTo(valid);
  }

  @Test
  void insideAStringTheMaskIsFoundOnce() {
    Constraint constraint = Outputs.constraint(JsonSchemaReader.read("{\"type\": \"string\"}"));
    Constraint.Walk walk = constraint.walk();
    walk.accept(1 + '"');
    walk.accept(1 + 'a');
    long[] first = walk.mask();
    walk.accept(1 + 'b');
    assertThat(walk.mask()).isSameAs(first);
  }
}
