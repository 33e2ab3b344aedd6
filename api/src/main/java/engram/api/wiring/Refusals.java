package engram.api.wiring;

import com.openai.errors.OpenAIServiceException;
import engram.retrieval.ModelException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What a model's server refuses for the request's sake (a context too long, too many requests), in
/// words that callers may hear.
///
/// Of all that the server says only the reason of a status 400, 413 or 422 is passed on, shortened
/// and without addresses and keys: it is about the caller's text. Everything else may be about our
/// account.
record Refusals(@Nullable String baseUrl, @Nullable String apiKey) {
  private static final int REASON_CHARS_MAX = 300;
  private static final int CAUSES_MAX = 20;
  private static final Duration RETRY_MAX = Duration.ofDays(1);

  /// The client's word for an error without a message.
  private static final String NOTHING_SAID = "Unknown";

  private static final String HIDDEN = "[…]";

  private static final Pattern ADDRESS =
      Pattern.compile("\\b[a-z][a-z0-9+.-]*://\\S+", Pattern.CASE_INSENSITIVE);

  /// As OpenAI and those after it shape keys and the names of accounts.
  private static final Pattern CREDENTIAL =
      Pattern.compile("\\b(?:sk|pk|org|proj|key)[-_][A-Za-z0-9_*-]{6,}|\\bBearer\\s+\\S+");

  /// @return a [ModelException] for such a refusal; what came otherwise
  Throwable told(Throwable failure) {
    @Nullable Throwable cause = failure;
    for (int depth = 0; cause != null && depth < CAUSES_MAX; depth++, cause = cause.getCause()) {
      if (cause instanceof OpenAIServiceException refused) {
        return switch (refused.statusCode()) {
          case 400, 413, 422 ->
              new ModelException(
                  "model_refused_request",
                  "The model's server refused the request" + reason(refused),
                  failure,
                  null);
          case 429 ->
              new ModelException(
                  "model_rate_limited",
                  "The model's server takes no more requests for now; try again later.",
                  failure,
                  retryAfter(refused));
          default -> failure;
        };
      }
    }
    return failure;
  }

  RuntimeException told(RuntimeException failure) {
    return told((Throwable) failure) instanceof ModelException refusal ? refusal : failure;
  }

  private String reason(OpenAIServiceException refused) {
    String said = String.valueOf(refused.getMessage()).replaceFirst("^\\d{3}: ", "").strip();
    if (said.isEmpty() || said.equals(NOTHING_SAID)) {
      return " and did not say why.";
    }
    String hidden = ADDRESS.matcher(said).replaceAll(HIDDEN);
    hidden = without(hidden, apiKey);
    for (String address : addresses()) {
      hidden = without(hidden, address);
    }
    hidden = CREDENTIAL.matcher(hidden).replaceAll(HIDDEN);
    return ": "
        + (hidden.length() > REASON_CHARS_MAX
            ? hidden.substring(0, REASON_CHARS_MAX) + "…"
            : hidden);
  }

  private static String without(String text, @Nullable String secret) {
    return secret == null || secret.isBlank() ? text : text.replace(secret, HIDDEN);
  }

  /// Of the server, without words such as `model`, which the reason may need.
  private List<String> addresses() {
    if (baseUrl == null || baseUrl.isBlank()) {
      return List.of();
    }
    URI address = URI.create(baseUrl);
    return Stream.of(address.getAuthority(), address.getHost())
        .filter(name -> name != null && (name.contains(".") || name.contains(":")))
        .toList();
  }

  /// Seconds, or a date.
  private static @Nullable Duration retryAfter(OpenAIServiceException refused) {
    String said = refused.headers().values("Retry-After").stream().findFirst().orElse("").strip();
    try {
      Duration wait =
          said.matches("\\d{1,9}")
              ? Duration.ofSeconds(Long.parseLong(said))
              : Duration.between(
                  Instant.now(),
                  ZonedDateTime.parse(said, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
      return wait.compareTo(RETRY_MAX) > 0 ? RETRY_MAX : wait;
    } catch (DateTimeParseException e) {
      return null; // nothing was said, or nothing that can be read
    }
  }
}
