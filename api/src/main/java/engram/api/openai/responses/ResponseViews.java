package engram.api.openai.responses;

import com.fasterxml.jackson.annotation.JsonInclude;
import engram.api.openai.Extension;
import engram.api.openai.local.ScoredToken;
import engram.inference.Usage;
import engram.inference.chat.ToolCall;
import engram.retrieval.Answer;
import engram.retrieval.Hit;
import engram.retrieval.SearchPage;
import engram.retrieval.Span;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The shapes of `/v1/responses`.
final class ResponseViews {
  private ResponseViews() {}

  @JsonInclude(JsonInclude.Include.ALWAYS)
  record ResponseView(
      String id,
      String object,
      long createdAt,
      String status,
      boolean background,
      @Nullable Long completedAt,
      @Nullable ErrorView error,
      @Nullable Object incompleteDetails,
      @Nullable String instructions,
      @Nullable Integer maxOutputTokens,
      Map<String, String> metadata,
      String model,
      List<Object> output,
      boolean parallelToolCalls,
      @Nullable String previousResponseId,
      boolean store,
      double temperature,
      Object text,
      Object toolChoice,
      Object tools,
      double topP,
      String truncation,
      @Nullable Tokens usage,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Extension engram) {}

  record ErrorView(String code, String message) {}

  record IncompleteDetails(String reason) {}

  record Tokens(
      long inputTokens,
      InputDetails inputTokensDetails,
      long outputTokens,
      OutputDetails outputTokensDetails,
      long totalTokens) {
    static Tokens of(long input, long output) {
      return new Tokens(
          input, new InputDetails(0, 0), output, new OutputDetails(0), input + output);
    }

    static Tokens of(Usage usage) {
      return new Tokens(
          usage.promptTokens(),
          new InputDetails(usage.cachedTokens(), 0),
          usage.outputTokens(),
          new OutputDetails(0),
          (long) usage.promptTokens() + usage.outputTokens());
    }
  }

  record InputDetails(long cachedTokens, long cacheWriteTokens) {}

  record OutputDetails(long reasoningTokens) {}

  /// @param results null unless asked for by `include`
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record SearchCall(
      String id, String type, String status, List<String> queries, @Nullable List<Result> results) {
    static SearchCall of(String id, String status, String query, @Nullable List<Result> results) {
      return new SearchCall(id, "file_search_call", status, List.of(query), results);
    }
  }

  record Result(
      String fileId, String filename, double score, String text, Map<String, Object> attributes) {
    static List<Result> of(SearchPage page) {
      return page.hits().stream().map(Result::of).toList();
    }

    private static Result of(Hit hit) {
      return new Result(
          hit.source().fileId(),
          hit.source().filename(),
          hit.score(),
          hit.text(),
          hit.attributes());
    }
  }

  record Message(String id, String type, String status, String role, List<OutputText> content) {
    static Message of(String id, String status, List<OutputText> content) {
      return new Message(id, "message", status, "assistant", content);
    }
  }

  record OutputText(
      String type, String text, List<FileCitation> annotations, List<ScoredToken> logprobs) {
    static OutputText of(String text, List<FileCitation> annotations) {
      return new OutputText("output_text", text, annotations, List.of());
    }
  }

  /// @param arguments JSON
  record FunctionCall(
      String id, String type, String status, String callId, String name, String arguments) {
    static FunctionCall of(String id, ToolCall call, String arguments) {
      return new FunctionCall(id, "function_call", "completed", call.id(), call.name(), arguments);
    }

    FunctionCall begun() {
      return new FunctionCall(id, type, "in_progress", callId, name, "");
    }
  }

  /// @param index where in the text the cited claim ends
  record FileCitation(
      String type, String fileId, String filename, int index, CitationExtra engram) {
    static List<FileCitation> of(Answer answer) {
      return answer.citations().stream().map(FileCitation::of).toList();
    }

    private static FileCitation of(Answer.Citation citation) {
      var source = citation.source();
      return new FileCitation(
          "file_citation",
          source.fileId(),
          source.filename(),
          citation.answerSpan().end(),
          new CitationExtra(
              citation.answerSpan(),
              source.version(),
              source.pageFrom(),
              source.pageTo(),
              source.span(),
              citation.quote()));
    }
  }

  record CitationExtra(
      Span answerSpan, int version, int pageFrom, int pageTo, Span span, String quote) {}

  record Deleted(String id, String object, boolean deleted) {}
}
