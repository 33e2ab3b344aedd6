package engram.api.openai.responses;

import engram.api.openai.Attributes;
import engram.api.openai.Extension;
import engram.api.openai.responses.ResponseViews.ErrorView;
import engram.api.openai.responses.ResponseViews.IncompleteDetails;
import engram.api.openai.responses.ResponseViews.ResponseView;
import engram.api.openai.responses.ResponseViews.Tokens;
import engram.retrieval.Answer.FinishReason;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A response on its way: what of it is known from the request, in each of its states.
record ResponseDraft(
    String id, long createdAt, ResponseRequest request, Map<String, String> metadata) {

  static ResponseDraft of(ResponseRequest request) {
    Map<String, String> metadata = Attributes.texts(request.metadata(), "metadata");
    return new ResponseDraft(
        Ids.of("resp"),
        Instant.now().getEpochSecond(),
        request,
        metadata == null ? Map.of() : metadata);
  }

  ResponseView inProgress() {
    return view("in_progress", null, null, List.of(), null, null);
  }

  /// Completed, or incomplete with the reason.
  ResponseView ended(
      FinishReason reason, List<Object> output, Tokens usage, @Nullable Extension extension) {
    return switch (reason) {
      case STOP -> view("completed", null, null, output, usage, extension);
      case LENGTH -> incomplete("max_output_tokens", output, usage, extension);
      case CONTENT_FILTER -> incomplete("content_filter", output, usage, extension);
    };
  }

  private ResponseView incomplete(
      String reason, List<Object> output, Tokens usage, @Nullable Extension extension) {
    return view("incomplete", null, new IncompleteDetails(reason), output, usage, extension);
  }

  ResponseView failed(String message) {
    return view("failed", new ErrorView("server_error", message), null, List.of(), null, null);
  }

  private ResponseView view(
      String status,
      @Nullable ErrorView error,
      @Nullable Object incompleteDetails,
      List<Object> output,
      @Nullable Tokens usage,
      @Nullable Extension extension) {
    return new ResponseView(
        id,
        "response",
        createdAt,
        status,
        false,
        status.equals("completed") ? Instant.now().getEpochSecond() : null,
        error,
        incompleteDetails,
        request.instructions(),
        request.maxOutputTokens(),
        metadata,
        String.valueOf(request.model()),
        output,
        !Boolean.FALSE.equals(request.parallelToolCalls()),
        request.previousResponseId(),
        request.stored(),
        Objects.requireNonNullElse(request.temperature(), 1.0),
        format(),
        request.toolChoice() == null ? "auto" : request.toolChoice(),
        request.tools() == null ? List.of() : request.tools(),
        Objects.requireNonNullElse(request.topP(), 1.0),
        "disabled",
        usage,
        extension);
  }

  private Object format() {
    JsonNode text = request.text();
    return text != null && text.path("format").isObject()
        ? text
        : Map.of("format", Map.of("type", "text"));
  }
}
