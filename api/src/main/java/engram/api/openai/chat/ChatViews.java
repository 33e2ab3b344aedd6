package engram.api.openai.chat;

import com.fasterxml.jackson.annotation.JsonInclude;
import engram.api.openai.Extension;
import engram.api.openai.Tokens;
import engram.api.openai.local.ScoredToken;
import engram.inference.chat.ToolCall;
import engram.retrieval.Answer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// The replies of `/v1/chat/completions`.
final class ChatViews {
  private ChatViews() {}

  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Completion(
      String id,
      String object,
      long created,
      String model,
      List<Choice> choices,
      Tokens usage,
      @Nullable Extension engram) {}

  @JsonInclude(JsonInclude.Include.ALWAYS)
  record Choice(int index, Message message, @Nullable LogProbs logprobs, String finishReason) {}

  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Message(
      String role,
      @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable String content,
      @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable String refusal,
      @Nullable List<Annotation> annotations,
      @Nullable List<Call> toolCalls) {}

  /// @param index in a stream only
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Call(@Nullable Integer index, String id, String type, Function function) {
    static Call of(@Nullable Integer index, ToolCall call, JsonMapper json) {
      return new Call(
          index,
          call.id(),
          "function",
          new Function(call.name(), json.writeValueAsString(call.arguments())));
    }
  }

  /// @param arguments JSON
  record Function(String name, String arguments) {}

  record LogProbs(
      List<ScoredToken> content,
      @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable Object refusal) {
    static @Nullable LogProbs of(List<ScoredToken> scores) {
      return scores.isEmpty() ? null : new LogProbs(scores, null);
    }
  }

  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Chunk(
      String id,
      String object,
      long created,
      String model,
      List<ChunkChoice> choices,
      @Nullable Tokens usage,
      @Nullable Extension engram) {}

  @JsonInclude(JsonInclude.Include.ALWAYS)
  record ChunkChoice(
      int index, Delta delta, @Nullable LogProbs logprobs, @Nullable String finishReason) {}

  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Delta(
      @Nullable String role,
      @Nullable String content,
      @Nullable List<Annotation> annotations,
      @Nullable List<Call> toolCalls) {
    static Delta text(String content) {
      return new Delta(null, content, null, null);
    }
  }

  /// Chat knows citations of web addresses only, and strict clients insist on that shape: so the
  /// file's address stands there, and the file itself beside it.
  record Annotation(String type, UrlCitation urlCitation, FileCitation fileCitation) {
    static Annotation of(Answer.Citation citation) {
      var source = citation.source();
      String address =
          "/v1/files/"
              + source.fileId()
              + "/content"
              + (source.pageFrom() > 0 ? "#page=" + source.pageFrom() : "");
      return new Annotation(
          "url_citation",
          new UrlCitation(
              citation.answerSpan().start(),
              citation.answerSpan().end(),
              source.filename(),
              address),
          new FileCitation(source.fileId(), source.filename(), citation.answerSpan().end()));
    }
  }

  /// @param startIndex of the claim in the message
  record UrlCitation(int startIndex, int endIndex, String title, String url) {}

  /// @param index where in the message the cited claim ends
  record FileCitation(String fileId, String filename, int index) {}

  static List<Annotation> annotations(Answer answer) {
    return answer.citations().stream().map(Annotation::of).toList();
  }
}
