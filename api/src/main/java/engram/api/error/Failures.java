package engram.api.error;

import engram.retrieval.ModelException;
import engram.retrieval.NotFoundException;
import engram.retrieval.RefusedException;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.catalina.connector.ClientAbortException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.MessageSourceResolvable;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.jdbc.CannotGetJdbcConnectionException;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.validation.BindException;
import org.springframework.validation.FieldError;
import org.springframework.validation.ObjectError;
import org.springframework.web.ErrorResponse;
import org.springframework.web.HttpMediaTypeNotAcceptableException;
import org.springframework.web.HttpMediaTypeNotSupportedException;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.MissingRequestHeaderException;
import org.springframework.web.bind.MissingServletRequestParameterException;
import org.springframework.web.context.request.async.AsyncRequestTimeoutException;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import org.springframework.web.multipart.MaxUploadSizeExceededException;
import org.springframework.web.multipart.MultipartException;
import org.springframework.web.multipart.support.MissingServletRequestPartException;
import org.springframework.web.servlet.NoHandlerFoundException;
import org.springframework.web.servlet.resource.NoResourceFoundException;
import tools.jackson.core.JacksonException;

/// What each exception means to a caller. What is not named here is an internal error.
public final class Failures {
  private static final Logger LOG = LoggerFactory.getLogger(Failures.class);
  private static final int CAUSES_MAX = 20;
  private static final Duration RETRY = Duration.ofSeconds(5);
  private static final Failure DISK_FULL =
      Failure.of(
          507, "no_space", "The server's disk is full. Nothing was stored; try again later.");

  private Failures() {}

  /// Logs what the operator must know about: with a stack trace what is not the caller's doing.
  public static Failure of(Throwable thrown) {
    if (isDiskFull(thrown)) { // whatever it is wrapped in: a multipart body, a transaction
      log(DISK_FULL, thrown);
      return DISK_FULL;
    }
    Throwable at = thrown;
    for (int depth = 0; at != null && depth < CAUSES_MAX; depth++, at = at.getCause()) {
      Failure failure = known(at);
      if (failure != null) {
        log(failure, thrown);
        return failure;
      }
    }
    LOG.error("Internal error", thrown);
    return Failure.internal();
  }

  /// The client went away: there is nobody to tell.
  public static boolean isClientGone(Throwable thrown) {
    Throwable at = thrown;
    for (int depth = 0; at != null && depth < CAUSES_MAX; depth++, at = at.getCause()) {
      if (at instanceof ClientAbortException) {
        return true;
      }
    }
    return false;
  }

  private static @Nullable Failure known(Throwable thrown) {
    return switch (thrown) {
      case FailureException e -> e.failure();
      case NotFoundException e -> Failure.notFound(message(e));
      case RefusedException e -> refused(e);
      case ModelException e -> model(e);
      case BodyTooLargeException e -> tooLarge(e.limitBytes());
      case JacksonException e -> JsonFailures.of(e);
      case HttpMessageNotReadableException e when e.getCause() == null ->
          Failure.invalid(null, "The request needs a body, and this one has none.");
      case IllegalArgumentException e -> illegalArgument(e);
      case SQLException e -> database(e);
      case CannotCreateTransactionException _,
          CannotGetJdbcConnectionException _,
          DataAccessResourceFailureException _,
          TransientDataAccessException _ ->
          databaseDown();
      case AccessDeniedException _ -> Failure.forbidden("This key may not do that.");
      case AsyncRequestTimeoutException _ ->
          Failure.of(503, "timeout", "The request took too long.").retryAfter(RETRY);
      default -> web(thrown);
    };
  }

  private static @Nullable Failure web(Throwable thrown) {
    return switch (thrown) {
      case BindException e -> fields(fieldsOf(e.getAllErrors()));
      case MissingServletRequestParameterException e -> missing(e.getParameterName());
      case MissingServletRequestPartException e -> missing(e.getRequestPartName());
      case MissingRequestHeaderException e -> missing(e.getHeaderName());
      case MethodArgumentTypeMismatchException e ->
          Failure.invalid(e.getName(), "'" + e.getName() + "' is not a valid value.");
      case HttpRequestMethodNotSupportedException e -> methodNotAllowed(e);
      case HttpMediaTypeNotSupportedException e ->
          Failure.of(
              415,
              "unsupported_media_type",
              "The body's Content-Type is not one of: " + e.getSupportedMediaTypes() + ".");
      case HttpMediaTypeNotAcceptableException _ ->
          Failure.of(406, "not_acceptable", "No response fits the request's Accept header.");
      case MaxUploadSizeExceededException e -> tooLarge(e.getMaxUploadSize());
      case MultipartException _ ->
          Failure.invalid(null, "The body is not well-formed multipart/form-data.");
      case NoHandlerFoundException _, NoResourceFoundException _ ->
          Failure.notFound("There is nothing at this path.");
      case ErrorResponse e when e.getStatusCode().isError() -> ofStatus(e.getStatusCode().value());
      default -> null;
    };
  }

  /// Where nothing but a status is known, as of the servlet container's own refusals.
  static Failure ofStatus(int status) {
    return switch (status) {
      case 400 -> Failure.invalid(null, "The request is not well-formed.");
      case 403 -> Failure.forbidden("This request is not allowed.");
      case 404 -> Failure.notFound("There is nothing at this path.");
      case 405 -> Failure.of(405, "method_not_allowed", "This path does not know that method.");
      case 406 -> Failure.of(406, "not_acceptable", "No response fits the Accept header.");
      case 408 -> Failure.of(408, "timeout", "The request did not arrive in time.");
      case 413 -> Failure.of(413, "too_large", "The request is too large.");
      case 414 -> Failure.of(414, "uri_too_long", "The address is too long.");
      case 415 -> Failure.of(415, "unsupported_media_type", "The body has an unknown type.");
      case 431 -> Failure.of(431, "headers_too_large", "The request's headers are too large.");
      case 501 -> Failure.of(501, "not_implemented", "This server does not know that method.");
      case 503 -> Failure.of(503, "unavailable", "Not available at the moment.").retryAfter(RETRY);
      default ->
          status >= 400 && status < 500
              ? Failure.of(status, "invalid_request", "The request cannot be carried out.")
              : Failure.internal();
    };
  }

  private static Failure refused(RefusedException e) {
    int status =
        switch (e.reason()) {
          case CONFLICT -> 409;
          case FORBIDDEN -> 403;
          case TOO_LARGE -> 413;
          case INVALID -> 400;
          case NO_SPACE -> 507;
        };
    return Failure.of(status, e.code(), message(e));
  }

  /// A model's failure: 503 where it may be back soon, 504 where it was slow, 502 otherwise. What
  /// it refuses for the request's sake is the caller's to mend, and limits of their own are theirs
  /// too.
  private static Failure model(ModelException e) {
    int status =
        switch (e.code()) {
          case "model_refused_request", "context_length_exceeded" -> 400;
          case "model_rate_limited" -> 429;
          case "model_unreachable", "model_overloaded" -> 503;
          case "model_timeout" -> 504;
          default -> 502;
        };
    Failure failure = Failure.of(status, e.code(), message(e));
    return status == 429 || status == 503
        ? failure.retryAfter(Objects.requireNonNullElse(e.retryAfter(), RETRY))
        : failure;
  }

  /// The checks of our own records and controllers speak to callers; those of a library below do
  /// not, and one that was thrown deep inside is our mistake and not the caller's.
  private static @Nullable Failure illegalArgument(IllegalArgumentException e) {
    StackTraceElement[] frames = e.getStackTrace();
    // The memory room checks scopes and limits inside, too, in the same words.
    if (frames.length > 0
        && (isOurs(frames[0]) || frames[0].getClassName().startsWith("engram.memory."))) {
      return Failure.invalid(paramOf(message(e)), message(e));
    }
    for (StackTraceElement frame : frames) {
      if (frame.getClassName().startsWith("engram.")) {
        return isOurs(frame) ? Failure.invalid(null, "A value of the request is not valid.") : null;
      }
    }
    return null;
  }

  private static boolean isOurs(StackTraceElement frame) {
    String name = frame.getClassName();
    String packageName = name.substring(0, Math.max(0, name.lastIndexOf('.')));
    return packageName.equals("engram.retrieval")
        || packageName.equals("engram.eval")
        || packageName.equals("engram.memory")
        || packageName.equals("engram.api")
        || packageName.startsWith("engram.api.");
  }

  /// Our checks begin with the name of what they check: `limit 0 is not in [1, 100]`, `'key': …`.
  static @Nullable String paramOf(String message) {
    var matcher =
        java.util.regex.Pattern.compile("^'?([a-z][A-Za-z0-9_]{0,63})(?:'| -?\\d)")
            .matcher(message);
    return matcher.find() ? matcher.group(1) : null;
  }

  private static @Nullable Failure database(SQLException e) {
    String state = e.getSQLState() == null ? "" : e.getSQLState();
    if (state.startsWith("22")) { // data exception: text with NUL, a number out of range
      return Failure.invalid(
          null, "The request holds a value that cannot be stored, such as a NUL character.");
    }
    boolean down =
        state.startsWith("08") // connection
            || state.startsWith("53") // out of resources
            || state.startsWith("57P") // shutting down
            || state.equals("40001") // lost a race with another transaction
            || state.equals("40P01");
    return down ? databaseDown() : null;
  }

  private static boolean isDiskFull(Throwable thrown) {
    Throwable at = thrown;
    for (int depth = 0; at != null && depth < CAUSES_MAX; depth++, at = at.getCause()) {
      boolean full =
          switch (at) {
            case SQLException e -> "53100".equals(e.getSQLState());
            // What Linux and macOS say; Java has no exception of its own for it.
            case IOException e ->
                String.valueOf(e.getMessage()).contains("No space left on device");
            default -> false;
          };
      if (full) {
        return true;
      }
    }
    return false;
  }

  private static Failure databaseDown() {
    return Failure.of(503, "database_unavailable", "The database cannot be reached at the moment.")
        .retryAfter(RETRY);
  }

  private static Failure tooLarge(long limitBytes) {
    String limit = limitBytes > 0 ? " than " + limitBytes + " bytes" : " than allowed";
    return Failure.of(413, "too_large", "The body is larger" + limit + ".");
  }

  private static Failure missing(String name) {
    return Failure.invalid(name, "'" + name + "' is missing.");
  }

  private static Failure methodNotAllowed(HttpRequestMethodNotSupportedException e) {
    String[] allowed = e.getSupportedMethods();
    Failure failure = ofStatus(405);
    return allowed == null ? failure : failure.header("Allow", String.join(", ", allowed));
  }

  private static Failure fields(List<Failure.Field> fields) {
    if (fields.isEmpty()) {
      return Failure.invalid(null, "The request is not valid.");
    }
    String message =
        fields.stream()
            .map(field -> "'" + field.field() + "' " + field.message())
            .collect(Collectors.joining("; ", "", "."));
    return new Failure(
        400, "invalid_request", message, fields.getFirst().field(), fields, Map.of());
  }

  private static List<Failure.Field> fieldsOf(List<ObjectError> errors) {
    return errors.stream()
        .map(error ->
            new Failure.Field(
                error instanceof FieldError field ? field.getField() : error.getObjectName(),
                text(error)))
        .toList();
  }

  private static String text(MessageSourceResolvable error) {
    String message = error.getDefaultMessage();
    return message == null ? "is not valid" : message;
  }

  private static String message(Throwable thrown) {
    String message = thrown.getMessage();
    return message == null ? "The request cannot be carried out." : message;
  }

  private static void log(Failure failure, Throwable thrown) {
    boolean limited = failure.status() == 429 && thrown instanceof ModelException;
    // Whoever asked has gone, or the server stops: nothing is wrong.
    boolean cancelled = failure.code().equals("model_cancelled");
    if ((failure.status() >= 500 && !cancelled) || limited) {
      LOG.warn("{}: {}", failure.code(), failure.message(), thrown);
    } else {
      LOG.debug("{}: {}", failure.code(), failure.message());
    }
  }
}
