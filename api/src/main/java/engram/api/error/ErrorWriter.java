package engram.api.error;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/// Writes a failure: in OpenAI's error shape under `/v1`, as RFC 9457 everywhere else.
@Component
public final class ErrorWriter {
  private static final Logger LOG = LoggerFactory.getLogger(ErrorWriter.class);

  private final JsonMapper json;

  /// The refusal of every request without a valid key, the same bytes on every path. It speaks both
  /// shapes (RFC 9457 allows further members), and names no request: the header does.
  private final byte[] unauthorized;

  public ErrorWriter(JsonMapper json) {
    this.json = json;
    Failure failure =
        Failure.of(401, "invalid_api_key", "A valid API key is needed: Authorization: Bearer …");
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("type", failure.type());
    body.put("title", failure.title());
    body.put("status", failure.status());
    body.put("detail", failure.message());
    body.put("code", failure.code());
    body.putAll(openAi(failure));
    unauthorized = json.writeValueAsBytes(body);
  }

  public void writeUnauthorized(HttpServletResponse response) throws IOException {
    response.resetBuffer();
    response.setStatus(401);
    response.setHeader("WWW-Authenticate", "Bearer");
    send(response, "application/problem+json", unauthorized);
  }

  /// Does nothing but log if a part of another response is on its way already.
  public void write(HttpServletRequest request, HttpServletResponse response, Failure failure)
      throws IOException {
    if (response.isCommitted()) {
      LOG.warn("Failed after the response had begun: {} {}", failure.code(), failure.message());
      return;
    }
    response.resetBuffer();
    response.setStatus(failure.status());
    failure.headers().forEach(response::setHeader);
    String path = path(request);
    if (isOpenAi(path)) {
      send(response, "application/json", json.writeValueAsBytes(openAi(failure)));
    } else {
      byte[] body = json.writeValueAsBytes(problem(failure, path, RequestId.of(request)));
      send(response, "application/problem+json", body);
    }
  }

  /// A failure in the middle of a stream under `/v1`: the object that ends it.
  public Map<String, Object> openAi(Failure failure) {
    Map<String, @Nullable Object> error = new LinkedHashMap<>();
    error.put("message", failure.message());
    error.put("type", openAiType(failure.status()));
    error.put("param", failure.param());
    error.put("code", failure.code());
    return Map.of("error", error);
  }

  /// A failure in the middle of a stream under `/api`.
  public Map<String, Object> problem(Failure failure, String instance, String requestId) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("type", failure.type());
    body.put("title", failure.title());
    body.put("status", failure.status());
    body.put("detail", failure.message());
    body.put("instance", instance);
    body.put("code", failure.code());
    body.put("requestId", requestId);
    List<Failure.Field> fields = failure.fields();
    if (!fields.isEmpty()) {
      body.put("errors", fields);
    }
    return body;
  }

  private static void send(HttpServletResponse response, String type, byte[] body)
      throws IOException {
    response.setContentType(type);
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
    response.flushBuffer();
  }

  private static String path(HttpServletRequest request) {
    return request.getAttribute(RequestDispatcher.ERROR_REQUEST_URI) instanceof String original
        ? original
        : request.getRequestURI();
  }

  private static boolean isOpenAi(String path) {
    return path.equals("/v1") || path.startsWith("/v1/");
  }

  private static String openAiType(int status) {
    return switch (status) {
      case 401 -> "authentication_error";
      case 403 -> "permission_error";
      case 429 -> "rate_limit_error";
      default -> status < 500 ? "invalid_request_error" : "server_error";
    };
  }
}
