package engram.inference.chat;

/// In which form the families of models write calls of tools.
public enum ToolCallForm {
  /// None that is known: all is text.
  NONE,
  /// Qwen, Hermes: `<tool_call>` and a JSON object.
  HERMES,
  /// Llama 3: the message is a JSON object, perhaps behind `<|python_tag|>`.
  LLAMA,
  /// Mistral: `[TOOL_CALLS]` and a JSON array, or a name, `[ARGS]` and a JSON object.
  MISTRAL;

  /// By what a model's template has in it.
  static ToolCallForm of(String template) {
    if (template.contains("<tool_call>")) {
      return HERMES;
    }
    if (template.contains("[TOOL_CALLS]")) {
      return MISTRAL;
    }
    boolean llama = template.contains("<|start_header_id|>") && template.contains("\"parameters\"");
    return llama || template.contains("<|python_tag|>") ? LLAMA : NONE;
  }
}
