package engram.api.openai;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/// The fields of a `/v1` request that OpenAI knows and we do not, or not with every value.
public final class RequestFields {
  private RequestFields() {}

  /// Whether a field asks for anything: null, `{}` and `[]` do not.
  public static boolean given(@Nullable JsonNode field) {
    return field != null && !field.isNull() && !(field.isContainer() && field.isEmpty());
  }

  public static JsonNode orMissing(@Nullable JsonNode field) {
    return field == null ? MissingNode.getInstance() : field;
  }

  public static void refuse(String param, boolean given) {
    if (given) {
      throw RequestProblem.unsupported(
          param, "'" + param + "' is not supported here with this value; leave it out.");
    }
  }
}
