package engram.api.openai.responses;

import engram.api.openai.Dialogue;
import engram.api.openai.RequestProblem;
import engram.api.openai.responses.InputItems.Input;
import engram.api.security.Caller;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;

/// Finds what was said before a request that names an earlier response.
@Component
class Conversations {
  private static final int TURNS_MAX = 100;

  private final ResponseStore store;

  Conversations(ResponseStore store) {
    this.store = store;
  }

  /// The request's instructions (those of earlier requests do not carry over), the earlier turns,
  /// and the request's own input.
  Dialogue continued(Caller caller, ResponseRequest request, Input input) {
    List<Dialogue.Line> lines = new ArrayList<>();
    if (request.instructions() != null && !request.instructions().isBlank()) {
      lines.add(new Dialogue.Line(Dialogue.Speaker.SYSTEM, request.instructions()));
    }
    earlier(caller, request.previousResponseId()).forEach(lines::addAll);
    lines.addAll(input.lines());
    return new Dialogue(lines);
  }

  /// Turns, oldest first.
  private List<List<Dialogue.Line>> earlier(Caller caller, @Nullable String last) {
    List<List<Dialogue.Line>> turns = new ArrayList<>();
    String id = last;
    while (id != null) {
      if (turns.size() == TURNS_MAX) {
        throw RequestProblem.invalid(
            "previous_response_id",
            "The conversation has more than " + TURNS_MAX + " turns; begin a new one.");
      }
      ResponseStore.Stored stored = stored(caller, id);
      List<Dialogue.Line> turn = new ArrayList<>();
      for (JsonNode item : stored.input()) {
        turn.add(Dialogue.line(item, "input"));
      }
      turn.add(
          new Dialogue.Line(Dialogue.Speaker.ASSISTANT, InputItems.outputText(stored.response())));
      turns.addFirst(turn);
      JsonNode previous = stored.response().path("previous_response_id");
      id = previous.isString() ? previous.stringValue() : null;
    }
    return turns;
  }

  private ResponseStore.Stored stored(Caller caller, String id) {
    return store
        .find(caller, id)
        .orElseThrow(() ->
            RequestProblem.of(
                404,
                "previous_response_not_found",
                "previous_response_id",
                "There is no stored response '" + id + "'."));
  }
}
