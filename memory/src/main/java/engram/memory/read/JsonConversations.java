package engram.memory.read;

import engram.memory.EventDraft;
import engram.memory.Role;
import engram.retrieval.RefusedException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The formats, each read as a stream of its largest independent pieces: lines, messages, samples,
/// questions. One of them is in memory at a time, and is only so large.
final class JsonConversations {
  private static final JsonMapper JSON = JsonMapper.shared();

  /// For pieces of a list, each of which is followed by the next.
  static final JsonMapper PIECES =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private static final int SESSIONS_MAX = 100_000;

  /// Of a line or a message: the longest text that an event may have fits, however it is escaped.
  static final int MESSAGE_BYTES_MAX = 8 << 20;

  /// Of a sample or a question, which have many sessions.
  static final int SAMPLE_BYTES_MAX = 32 << 20;

  private final String prefix;
  private final Consumer<EventDraft> events;

  /// @param prefix put before the names of sessions
  JsonConversations(String prefix, Consumer<EventDraft> events) {
    this.prefix = prefix;
    this.events = events;
  }

  /// One JSON object per line.
  void lines(InputStream input) throws IOException {
    PiecedInput pieces = new PiecedInput(input, MESSAGE_BYTES_MAX);
    BufferedReader reader =
        new BufferedReader(new InputStreamReader(pieces, StandardCharsets.UTF_8));
    String where = "line 1";
    pieces.next(where);
    int number = 1;
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      if (!line.isBlank()) {
        JsonNode node = tree(line, where);
        emit(draft(node, required(node, "session", where), where), where);
      }
      number++;
      where = "line " + number;
      pieces.next(where);
    }
  }

  private EventDraft draft(JsonNode node, String session, String where) {
    Map<String, String> attributes = new HashMap<>();
    for (Map.Entry<String, JsonNode> entry : node.path("attributes").properties()) {
      attributes.put(entry.getKey(), entry.getValue().asString());
    }
    if (!node.has("at")) {
      throw Malformed.at(where, "there is no 'at': an event says when it happened");
    }
    return checked(
        where,
        session,
        node.path("role").asString("user"),
        node.path("speaker").asString(""),
        EventTimes.of(node.path("at"), where),
        required(node, "text", where),
        optional(node, "key"),
        optional(node, "call"),
        node.path("importance").asDouble(EventDraft.IMPORTANCE),
        attributes);
  }

  void openAi(InputStream input) throws IOException {
    new OpenAiMessages((draft, number) -> emit(draft, "message " + number)).read(input);
  }

  void loCoMo(InputStream input) throws IOException {
    each(
        input,
        (sample, number) -> {
          String name = sample.path("sample_id").asString("sample-" + number);
          JsonNode conversation = sample.path("conversation");
          if (!conversation.isObject()) {
            throw Malformed.at(name, "there is no 'conversation'");
          }
          for (int session = 1; session <= SESSIONS_MAX; session++) {
            String key = "session_" + session;
            if (!conversation.has(key + "_date_time") && !conversation.has(key)) {
              break;
            }
            String where = name + " " + key;
            Instant at =
                EventTimes.loCoMo(conversation.path(key + "_date_time").asString(""), where);
            for (JsonNode turn : conversation.path(key)) {
              turn(turn, conversation, name, name + "/" + key, at, where);
            }
          }
        });
  }

  private void turn(
      JsonNode turn, JsonNode conversation, String sample, String session, Instant at, String at2) {
    String id = required(turn, "dia_id", at2);
    String where = at2 + " turn " + id;
    String speaker = required(turn, "speaker", where);
    String caption = turn.path("blip_caption").asString("");
    String text =
        turn.path("text").asString("") + (caption.isEmpty() ? "" : " [image: " + caption + "]");
    boolean first = speaker.equals(conversation.path("speaker_a").asString(""));
    if (!text.isBlank()) {
      emit(
          checked(
              where,
              session,
              // Both are people; the second is somebody else than the one who is remembered for.
              "user",
              speaker,
              at,
              text,
              sample + "/" + id,
              null,
              EventDraft.IMPORTANCE,
              Map.of("dia_id", id, "side", first ? "a" : "b")),
          where);
    }
  }

  void longMemEval(InputStream input) throws IOException {
    each(
        input,
        (question, number) -> {
          String name = question.path("question_id").asString("question-" + number);
          JsonNode dates = question.path("haystack_dates");
          JsonNode sessions = question.path("haystack_sessions");
          if (!sessions.isArray() || dates.size() != sessions.size()) {
            throw Malformed.at(
                name, "%d sessions and %d dates".formatted(sessions.size(), dates.size()));
          }
          for (int session = 0; session < sessions.size(); session++) {
            // Never the session's own id: gold ids contain the word "answer".
            String where = name + " session " + session;
            Instant at = EventTimes.longMemEval(dates.get(session).asString(""), where);
            JsonNode turns = sessions.get(session);
            for (int turn = 0; turn < turns.size(); turn++) {
              JsonNode said = turns.get(turn);
              String text = said.path("content").asString("");
              if (!text.isBlank()) {
                emit(
                    checked(
                        where + " turn " + turn,
                        name + "/" + session,
                        required(said, "role", where),
                        "",
                        at,
                        text,
                        name + "/" + session + "/" + turn,
                        null,
                        EventDraft.IMPORTANCE,
                        Map.of()),
                    where);
              }
            }
          }
        });
  }

  private interface Piece {
    void read(JsonNode piece, int number);
  }

  /// The elements of a list, one in memory at a time.
  private static void each(InputStream input, Piece piece) throws IOException {
    PiecedInput pieces = new PiecedInput(input, SAMPLE_BYTES_MAX);
    try (JsonParser parser = parser(pieces)) {
      if (parser.nextToken() != JsonToken.START_ARRAY) {
        throw Malformed.at("the input", "it is not a list");
      }
      pieces.next("element 0");
      for (int number = 0; parser.nextToken() != JsonToken.END_ARRAY; number++) {
        piece.read(PIECES.readTree(parser), number);
        pieces.next("element " + (number + 1));
      }
    } catch (JacksonException e) {
      throw noJson(e);
    }
  }

  static JsonParser parser(InputStream input) {
    return PIECES.tokenStreamFactory().createParser(ObjectReadContext.empty(), input);
  }

  static RefusedException noJson(JacksonException e) {
    return Malformed.at("the input", "it is no JSON: " + e.getOriginalMessage());
  }

  private void emit(EventDraft draft, String where) {
    String session = prefix + draft.session();
    if (session.length() > EventDraft.NAME_CHARS_MAX) {
      throw Malformed.at(where, "the session's name has " + session.length() + " characters");
    }
    events.accept(
        new EventDraft(
            session,
            draft.role(),
            draft.speaker(),
            draft.at(),
            draft.text(),
            draft.key() == null ? null : prefix + draft.key(),
            draft.call(),
            draft.importance(),
            draft.attributes()));
  }

  static EventDraft checked(
      String where,
      String session,
      String role,
      String speaker,
      Instant at,
      String text,
      @Nullable String key,
      @Nullable String call,
      double importance,
      Map<String, String> attributes) {
    try {
      return new EventDraft(
          session, Role.of(role), speaker, at, text, key, call, importance, attributes);
    } catch (IllegalArgumentException e) {
      throw Malformed.at(where, String.valueOf(e.getMessage()));
    }
  }

  private static JsonNode tree(String text, String where) {
    try {
      return JSON.readTree(text);
    } catch (JacksonException e) {
      throw Malformed.at(where, "it is no JSON: " + e.getOriginalMessage());
    }
  }

  static String required(JsonNode node, String field, String where) {
    String value = node.path(field).asString("");
    if (value.isEmpty()) {
      throw Malformed.at(where, "there is no '" + field + "'");
    }
    return value;
  }

  static @Nullable String optional(JsonNode node, String field) {
    JsonNode value = node.path(field);
    return value.isMissingNode() || value.isNull() ? null : value.asString();
  }
}
