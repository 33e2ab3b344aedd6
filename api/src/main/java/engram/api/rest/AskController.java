package engram.api.rest;

import engram.api.error.ErrorWriter;
import engram.api.error.Failures;
import engram.api.openai.MeteredAnswers;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.api.sse.EventStream;
import engram.retrieval.Answer;
import engram.retrieval.Answerer;
import engram.retrieval.AskRequest;
import engram.retrieval.SearchPage;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

@RestController
@Requires(Verb.CHAT)
class AskController {
  private static final String PATH = "/api/ask";

  private final MeteredAnswers answers;
  private final JsonMapper json;
  private final ErrorWriter errors;

  AskController(MeteredAnswers answers, JsonMapper json, ErrorWriter errors) {
    this.answers = answers;
    this.json = json;
    this.errors = errors;
  }

  /// Answers from documents. With `stream` as events: `passages`, `text` as it comes, then `answer`
  /// with everything, or `error`.
  ///
  /// @return null when the reply was streamed
  @PostMapping(PATH)
  @Nullable AnswerView ask(Caller caller, @RequestBody AskBody body, HttpServletResponse response) {
    AskRequest request = body.toRequest();
    if (!body.streamed()) {
      return AnswerView.of(answers.ask(caller, request));
    }
    EventStream.serve(
        response,
        (events, failure) ->
            send(events, "error", errors.problem(Failures.of(failure), PATH, caller.requestId())),
        events -> {
          Answer answer = answers.ask(caller, request, listener(events));
          send(events, "answer", AnswerView.of(answer));
        });
    return null;
  }

  private Answerer.AnswerListener listener(EventStream events) {
    return new Answerer.AnswerListener() {
      @Override
      public void onPassages(SearchPage passages) {
        send(events, "passages", passages);
      }

      @Override
      public void onText(String delta) {
        send(events, "text", Map.of("delta", delta));
      }

      @Override
      public boolean cancelled() {
        return events.cancelled();
      }
    };
  }

  private void send(EventStream events, String name, Object data) {
    events.send(name, json.writeValueAsString(data));
  }
}
