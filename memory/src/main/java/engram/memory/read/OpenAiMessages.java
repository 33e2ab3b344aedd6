package engram.memory.read;

import engram.memory.EventDraft;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;

/// Messages of OpenAI's chat API: a list of them, or an object with the list and, if it likes, a
/// `session`.
final class OpenAiMessages {
  /// Of messages whose session nobody names.
  private static final String SESSION = "conversation";

  /// Of messages that come before the name of their session.
  static final int WAITING_BYTES_MAX = 16 << 20;

  interface Said {
    /// @param number of the message in its list, from 0
    void message(EventDraft draft, int number);
  }

  private final Said said;

  OpenAiMessages(Said said) {
    this.said = said;
  }

  void read(InputStream input) throws IOException {
    PiecedInput pieces = new PiecedInput(input, JsonConversations.MESSAGE_BYTES_MAX);
    try (JsonParser parser = JsonConversations.parser(pieces)) {
      JsonToken begin = parser.nextToken();
      if (begin == JsonToken.START_ARRAY) {
        messages(parser, pieces, SESSION, said);
      } else if (begin == JsonToken.START_OBJECT) {
        conversation(parser, pieces);
      } else {
        throw Malformed.at("the input", "there is no list of messages");
      }
      if (parser.nextToken() != null) {
        throw Malformed.at("the input", "something follows its end");
      }
    } catch (JacksonException e) {
      throw JsonConversations.noJson(e);
    }
  }

  /// A message that comes before the name of its session.
  private record Waiting(EventDraft draft, int number) {}

  /// Fields come in any order, and sorted ones bring the messages before their session's name. So
  /// messages wait for it, as many as may.
  private void conversation(JsonParser parser, PiecedInput pieces) {
    @Nullable String session = null;
    boolean listed = false;
    List<Waiting> waiting = new ArrayList<>();
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String field = parser.currentName();
      JsonToken value = parser.nextToken();
      if (field.equals("session")) {
        if (session != null) {
          throw Malformed.at("the input", "it names its session twice");
        }
        session = JsonConversations.PIECES.readTree(parser).asString(SESSION);
      } else if (!field.equals("messages")) {
        parser.skipChildren();
      } else if (listed || value != JsonToken.START_ARRAY) {
        throw Malformed.at("the input", "there is no list of messages, or more than one");
      } else {
        listed = true;
        long begin = pieces.bytes();
        messages(
            parser,
            pieces,
            session == null ? SESSION : session,
            session != null
                ? said
                : (draft, number) -> {
                  requireRoom(pieces.bytes() - begin);
                  waiting.add(new Waiting(draft, number));
                });
      }
    }
    if (!listed) {
      throw Malformed.at("the input", "there is no list of messages");
    }
    for (Waiting one : waiting) {
      said.message(inSession(one, session == null ? SESSION : session), one.number());
    }
  }

  private static void requireRoom(long bytes) {
    if (bytes > WAITING_BYTES_MAX) {
      throw Malformed.at(
          "the input",
          "'session' stands before 'messages' that have more than %d bytes; a bare list needs none"
              .formatted(WAITING_BYTES_MAX));
    }
  }

  private static EventDraft inSession(Waiting one, String session) {
    EventDraft draft = one.draft();
    return JsonConversations.checked(
        "message " + one.number(),
        session,
        draft.role().text(),
        draft.speaker(),
        draft.at(),
        draft.text(),
        session + "/" + one.number(),
        draft.call(),
        draft.importance(),
        draft.attributes());
  }

  private static void messages(JsonParser parser, PiecedInput pieces, String session, Said said) {
    int number = 0;
    pieces.next("message 0");
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      @Nullable EventDraft draft =
          draft(JsonConversations.PIECES.readTree(parser), session, number);
      if (draft != null) {
        said.message(draft, number);
      }
      number++;
      pieces.next("message " + number);
    }
    pieces.next("the input");
  }

  /// Null for a message that says nothing.
  private static @Nullable EventDraft draft(JsonNode message, String session, int number) {
    String where = "message " + number;
    JsonNode time = message.has("created_at") ? message.path("created_at") : message.path("at");
    if (time.isMissingNode()) {
      throw Malformed.at(where, "there is no 'created_at': a message says when it was sent");
    }
    String role = JsonConversations.required(message, "role", where);
    JsonNode calls = message.path("tool_calls");
    String text = content(message.path("content"));
    @Nullable String call = JsonConversations.optional(message, "tool_call_id");
    if (!calls.isEmpty()) {
      // The call belongs to the message, so that the two are never apart.
      call = calls.path(0).path("id").asString(null);
      text = text.isEmpty() ? calls.toString() : text + "\n" + calls;
    }
    return text.isEmpty()
        ? null
        : JsonConversations.checked(
            where,
            session,
            role.equals("developer") ? "system" : role.equals("function") ? "tool" : role,
            message.path("name").asString(""),
            EventTimes.of(time, where),
            text,
            session + "/" + number,
            call,
            EventDraft.IMPORTANCE,
            Map.of());
  }

  /// Text, or the text parts of a list of parts.
  private static String content(JsonNode content) {
    if (content.isString()) {
      return content.asString();
    }
    StringBuilder text = new StringBuilder();
    for (JsonNode part : content) {
      String piece = part.path("text").asString("");
      if (!piece.isEmpty()) {
        text.append(text.isEmpty() ? "" : "\n").append(piece);
      }
    }
    return text.toString();
  }
}
