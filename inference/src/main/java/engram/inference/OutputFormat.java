package engram.inference;

/// What an output must look like.
public sealed interface OutputFormat {
  OutputFormat FREE = new Free();

  record Free() implements OutputFormat {}

  /// A JSON object.
  record JsonObject() implements OutputFormat {}

  /// JSON that is valid against a schema. Which keywords are supported says
  /// `engram.inference.decode.grammar.JsonSchemaReader`; others are refused by name.
  record JsonSchema(String schema) implements OutputFormat {}

  /// Text that follows a grammar in llama.cpp's notation (GBNF).
  record Grammar(String grammar) implements OutputFormat {}
}
