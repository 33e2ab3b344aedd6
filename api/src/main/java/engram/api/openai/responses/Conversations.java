package engram.api.openai.responses;

import engram.api.openai.Dialogue;
import engram.api.openai.RequestProblem;
import engram.api.openai.local.LocalMessages;
import engram.api.openai.responses.InputItems.Input;
import engram.api.security.Caller;
import engram.inference.chat.ChatMessage;
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
    for (ResponseStore.Stored turn : earlier(caller, request.previousResponseId())) {
      for (JsonNode item : turn.input()) {
        if (item.path("type").asString("message").equals("message")) {
          lines.add(Dialogue.line(item, "input"));
        }
      }
      lines.add(
          new Dialogue.Line(Dialogue.Speaker.ASSISTANT, InputItems.outputText(turn.response())));
    }
    lines.addAll(input.lines());
    return new Dialogue(lines);
  }

  /// The same with calls of functions and their results.
  List<ChatMessage> continuedLocally(Caller caller, ResponseRequest request, Input input) {
    LocalMessages messages = new LocalMessages();
    if (request.instructions() != null && !request.instructions().isBlank()) {
      messages.add(ChatMessage.system(request.instructions()));
    }
    for (ResponseStore.Stored turn : earlier(caller, request.previousResponseId())) {
      turn.input().forEach(item -> InputItems.add(item, "previous_response_id", messages));
      turn.response()
          .path("output")
          .forEach(item -> InputItems.add(item, "previous_response_id", messages));
    }
    for (int index = 0; index < input.items().size(); index++) {
      InputItems.add(input.items().get(index), "input[" + index + "]", messages);
    }
    return messages.all();
  }

  /// Turns, oldest first.
  private List<ResponseStore.Stored> earlier(Caller caller, @Nullable String last) {
    List<ResponseStore.Stored> turns = new ArrayList<>();
    String id = last;
    while (id != null) {
      if (turns.size() == TURNS_MAX) {
        throw RequestProblem.invalid(
            "previous_response_id",
            "The conversation has more than " + TURNS_MAX + " turns; begin a new one.");
      }
      ResponseStore.Stored stored = stored(caller, id);
      turns.addFirst(stored);
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
