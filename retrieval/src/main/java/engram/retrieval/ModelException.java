package engram.retrieval;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// The model did not answer: a failure of its server, or its refusal of the request, never of the
/// documents.
public final class ModelException extends RuntimeException {
  private static final int CAUSES_MAX = 20;

  private final String code;
  private final @Nullable Duration retryAfter;

  /// @param code stable: `model_unreachable`, `model_timeout`, `model_failed`,
  ///   `model_empty_answer`, `model_refused_request` for what its server finds wrong with the
  ///   request itself, `model_rate_limited` where the caller asks too much, or `model_overloaded`
  ///   where all do
  /// @param message for callers
  /// @param retryAfter as the model's server said; null where it said nothing
  public ModelException(
      String code, String message, @Nullable Throwable cause, @Nullable Duration retryAfter) {
    super(message, cause);
    this.code = code;
    this.retryAfter = retryAfter;
  }

  public ModelException(String code, String message) {
    this(code, message, null, null);
  }

  /// What a failure of any model's client means to callers. What the server said may name our
  /// account there: it stays in the cause.
  ///
  /// @param settings where the model's server is named, such as `engram.chat`
  public static ModelException of(Throwable failure, String settings) {
    @Nullable Throwable cause = failure;
    for (int depth = 0; cause != null && depth < CAUSES_MAX; depth++, cause = cause.getCause()) {
      if (cause instanceof ModelException told) {
        return told;
      }
      if (cause instanceof InterruptedIOException // which a socket's timeout is too
          || cause instanceof HttpTimeoutException
          || cause instanceof TimeoutException) {
        return new ModelException(
            "model_timeout", "The model's server did not answer in time.", failure, null);
      }
      if (cause instanceof IOException) {
        return new ModelException(
            "model_unreachable",
            "The model's server could not be reached: check "
                + settings
                + ".base-url, and whether the server runs.",
            failure,
            null);
      }
    }
    return new ModelException(
        "model_failed",
        "The model's server refused or failed; this server's log has the reason.",
        failure,
        null);
  }

  public String code() {
    return code;
  }

  public @Nullable Duration retryAfter() {
    return retryAfter;
  }
}
