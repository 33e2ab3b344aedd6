package engram.api.openai.responses;

import engram.api.error.Failures;
import engram.api.memory.RememberedTurn;
import engram.api.openai.responses.InputItems.Input;
import engram.api.openai.responses.ResponseViews.ResponseView;
import engram.api.security.Caller;
import engram.api.sse.EventStream;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/// Sends responses on their way, and keeps those that are to be kept.
@Component
class ResponseDelivery {
  private final ResponseStore store;
  private final JsonMapper json;

  ResponseDelivery(ResponseStore store, JsonMapper json) {
    this.store = store;
    this.json = json;
  }

  /// Writes all events but the first and the last.
  interface Streamed {
    ResponseView write(ResponseWriter writer);
  }

  void stream(
      Caller caller,
      ResponseDraft draft,
      Input input,
      RememberedTurn turn,
      HttpServletResponse response,
      Streamed body) {
    // A failure is told with the number after the last event, by the writer that counts them.
    ResponseWriter[] current = new ResponseWriter[1];
    EventStream.serve(
        response,
        (events, failure) -> current[0].end(draft.failed(Failures.of(failure).message())),
        events -> {
          ResponseWriter writer = new ResponseWriter(events, json, draft.inProgress());
          current[0] = writer;
          ResponseView whole = body.write(writer);
          // An answer that nobody waited for was broken off: it is not kept.
          if (!events.cancelled()) {
            writer.end(save(caller, draft, input, turn, whole));
          }
        });
  }

  ResponseView save(
      Caller caller, ResponseDraft draft, Input input, RememberedTurn turn, ResponseView response) {
    if (draft.request().stored()) {
      store.save(caller, input.items(), response);
      if (turn.quotesWhatIsGone()) {
        store.forget(caller, response.id());
      }
    }
    return response;
  }
}
