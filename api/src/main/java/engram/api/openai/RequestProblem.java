package engram.api.openai;

import engram.api.error.Failure;
import engram.api.error.FailureException;
import java.util.List;
import java.util.Map;

/// Words the refusal of a `/v1` request, to be thrown.
public final class RequestProblem {
  private RequestProblem() {}

  public static FailureException of(int status, String code, String param, String message) {
    return new Failure(status, code, message, param, List.of(), Map.of()).toException();
  }

  /// @param param the field at fault, as a path such as `tools[0].type`
  public static FailureException invalid(String param, String message) {
    return of(400, "invalid_value", param, message);
  }

  public static FailureException missing(String param) {
    return of(
        400, "missing_required_parameter", param, "Missing required parameter: '" + param + "'.");
  }

  /// Something that OpenAI knows and we do not, and that would change the result.
  public static FailureException unsupported(String param, String message) {
    return of(400, "unsupported_parameter", param, message);
  }
}
