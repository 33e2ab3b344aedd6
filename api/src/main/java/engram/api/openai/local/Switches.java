package engram.api.openai.local;

import engram.api.openai.RequestProblem;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// `chat_template_kwargs`: what a model's chat template is told besides, such as `enable_thinking`.
public final class Switches {
  private static final int SWITCHES_MAX = 32;

  /// What a template is told anyway.
  private static final Set<String> TAKEN =
      Set.of("messages", "tools", "add_generation_prompt", "bos_token", "eos_token");

  private Switches() {}

  public static Map<String, Object> read(@Nullable JsonNode given) {
    if (given == null || given.isNull()) {
      return Map.of();
    }
    if (!given.isObject() || given.size() > SWITCHES_MAX) {
      throw RequestProblem.invalid(
          "chat_template_kwargs",
          "'chat_template_kwargs' is an object with at most " + SWITCHES_MAX + " fields.");
    }
    for (Map.Entry<String, JsonNode> one : given.properties()) {
      boolean plain = one.getValue().isValueNode() && !one.getValue().isNull();
      if (TAKEN.contains(one.getKey()) || !plain) {
        throw RequestProblem.invalid(
            "chat_template_kwargs." + one.getKey(),
            "A switch is a string, a number or a boolean, and none of " + TAKEN + ".");
      }
    }
    return ToolSet.map(given);
  }
}
