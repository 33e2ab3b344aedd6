package engram.api.openai.responses;

import engram.api.openai.local.ScoredToken;
import engram.api.openai.responses.ResponseViews.FileCitation;
import engram.api.openai.responses.ResponseViews.FunctionCall;
import engram.api.openai.responses.ResponseViews.Message;
import engram.api.openai.responses.ResponseViews.OutputText;
import engram.api.openai.responses.ResponseViews.ResponseView;
import engram.api.openai.responses.ResponseViews.SearchCall;
import engram.api.sse.EventStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Writes a response as the typed events of OpenAI, numbered, in their order: the response, the
/// search, the message's text as it comes, its citations, the end.
final class ResponseWriter {
  private final EventStream events;
  private final JsonMapper json;
  private @Nullable ResponseView begun;
  private final String searchId = Ids.of("fs");
  private String messageId = Ids.of("msg");
  private final StringBuilder text = new StringBuilder();
  private int sequence;
  private int outputIndex;
  private boolean searching;
  private boolean writing;

  /// @param begun told before anything else, together with the first event that is; so a request
  ///   that is refused before has an error's status
  ResponseWriter(EventStream events, JsonMapper json, ResponseView begun) {
    this.events = events;
    this.json = json;
    this.begun = begun;
  }

  EventStream events() {
    return events;
  }

  String searchId() {
    return searchId;
  }

  String messageId() {
    return messageId;
  }

  void beginSearch(String query) {
    searching = true;
    item("response.output_item.added", SearchCall.of(searchId, "in_progress", query, null));
    send("response.file_search_call.in_progress", searchPlace());
    send("response.file_search_call.searching", searchPlace());
  }

  void endSearch(SearchCall call) {
    if (searching) {
      searching = false;
      send("response.file_search_call.completed", searchPlace());
      item("response.output_item.done", call);
      outputIndex++;
    }
  }

  void text(String delta) {
    text(delta, List.of());
  }

  void text(String delta, List<ScoredToken> scores) {
    beginMessage();
    if (!delta.isEmpty() || !scores.isEmpty()) {
      text.append(delta);
      Map<String, Object> event = contentPlace();
      event.put("delta", delta);
      event.put("logprobs", scores);
      send("response.output_text.delta", event);
    }
  }

  /// A call of a function as a whole.
  void call(FunctionCall call) {
    item("response.output_item.added", call.begun());
    Map<String, Object> delta = new LinkedHashMap<>();
    delta.put("item_id", call.id());
    delta.put("output_index", outputIndex);
    delta.put("delta", call.arguments());
    send("response.function_call_arguments.delta", delta);
    Map<String, Object> done = new LinkedHashMap<>();
    done.put("item_id", call.id());
    done.put("output_index", outputIndex);
    done.put("name", call.name());
    done.put("arguments", call.arguments());
    send("response.function_call_arguments.done", done);
    item("response.output_item.done", call);
    outputIndex++;
  }

  /// Another item may follow.
  void endMessageAndGoOn(Message message) {
    endMessage(message);
    writing = false;
    outputIndex++;
    text.setLength(0);
    messageId = Ids.of("msg");
  }

  boolean hasText() {
    return !text.isEmpty();
  }

  void endMessage(Message message) {
    beginMessage();
    OutputText content = message.content().getFirst();
    int index = 0;
    for (FileCitation citation : content.annotations()) {
      Map<String, Object> event = contentPlace();
      event.put("annotation_index", index++);
      event.put("annotation", citation);
      send("response.output_text.annotation.added", event);
    }
    Map<String, Object> done = contentPlace();
    done.put("text", content.text());
    done.put("logprobs", content.logprobs());
    send("response.output_text.done", done);
    Map<String, Object> part = contentPlace();
    part.put("part", content);
    send("response.content_part.done", part);
    item("response.output_item.done", message);
  }

  void end(ResponseView response) {
    send("response." + response.status(), Map.of("response", response));
  }

  private void beginMessage() {
    if (!writing) {
      writing = true;
      item("response.output_item.added", Message.of(messageId, "in_progress", List.of()));
      Map<String, Object> part = contentPlace();
      part.put("part", OutputText.of("", List.of()));
      send("response.content_part.added", part);
    }
  }

  private Map<String, Object> searchPlace() {
    return Map.of("item_id", searchId, "output_index", outputIndex);
  }

  private Map<String, Object> contentPlace() {
    Map<String, Object> place = new LinkedHashMap<>();
    place.put("item_id", messageId);
    place.put("output_index", outputIndex);
    place.put("content_index", 0);
    return place;
  }

  private void item(String type, Object item) {
    send(type, Map.of("output_index", outputIndex, "item", item));
  }

  /// Sending it twice does nothing.
  void begin() {
    ResponseView first = begun;
    if (first != null) {
      begun = null;
      send("response.created", Map.of("response", first));
      send("response.in_progress", Map.of("response", first));
    }
  }

  private void send(String type, Map<String, Object> fields) {
    begin();
    Map<String, Object> event = new LinkedHashMap<>();
    event.put("type", type);
    event.put("sequence_number", sequence++);
    event.putAll(fields);
    events.send(type, json.writeValueAsString(event));
  }
}
