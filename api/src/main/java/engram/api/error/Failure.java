package engram.api.error;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A failed request as its caller sees it, whatever the surface.
///
/// @param status 4xx or 5xx
/// @param code stable, lower case, such as `not_found`
/// @param message what is wrong and what to do; one or two sentences, no class names
/// @param param the field or parameter at fault
/// @param fields all fields at fault, where there may be several
/// @param headers sent along, such as `Retry-After`
public record Failure(
    int status,
    String code,
    String message,
    @Nullable String param,
    List<Field> fields,
    Map<String, String> headers) {
  private static final int MESSAGE_CHARS_MAX = 1000;

  public record Field(String field, String message) {}

  public Failure {
    if (status < 400 || status > 599) {
      throw new IllegalStateException("status " + status + " is not in [400, 599]");
    }
    message = oneLine(message);
    fields = List.copyOf(fields);
    headers = Map.copyOf(headers);
  }

  public static Failure of(int status, String code, String message) {
    return new Failure(status, code, message, null, List.of(), Map.of());
  }

  /// A request that is wrong in one named place.
  public static Failure invalid(@Nullable String param, String message) {
    List<Field> fields = param == null ? List.of() : List.of(new Field(param, message));
    return new Failure(400, "invalid_request", message, param, fields, Map.of());
  }

  public static Failure notFound(String message) {
    return of(404, "not_found", message);
  }

  public static Failure forbidden(String message) {
    return of(403, "forbidden", message);
  }

  public static Failure internal() {
    return of(500, "internal_error", "Internal error.");
  }

  public Failure retryAfter(Duration wait) {
    long seconds = Math.max(1, wait.plusMillis(999).toSeconds());
    return header("Retry-After", Long.toString(seconds));
  }

  public Failure header(String name, String value) {
    var more = new java.util.HashMap<>(headers);
    more.put(name, value);
    return new Failure(status, code, message, param, fields, more);
  }

  /// To be thrown: `throw Failure.invalid("name", "…").toException()`.
  public FailureException toException() {
    return new FailureException(this);
  }

  /// `rate_limit_exceeded` as `Rate limit exceeded`.
  String title() {
    String words = code.replace('_', ' ');
    return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
  }

  /// Relative to the server, so that it stays the same wherever it runs.
  String type() {
    return "/problems/" + code.replace('_', '-');
  }

  private static String oneLine(String message) {
    String line = message.replaceAll("\\p{Cntrl}+", " ").strip();
    return line.length() > MESSAGE_CHARS_MAX ? line.substring(0, MESSAGE_CHARS_MAX) + "…" : line;
  }
}
