package engram.api.memory;

import engram.api.error.Failure;
import engram.memory.EventDraft;
import engram.memory.RecallRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The memory that a request to `/v1` names: `{"engram": {"memory": {"user": "ann"}}}` in its body,
/// or `Engram-Memory: user=ann; session=s1` in its head. Read strictly: a misspelt field would
/// otherwise widen or lose a scope in silence.
///
/// @param agent where the turn is kept
/// @param run where the turn is kept
/// @param fromAgent what is recalled from; `*` for any
/// @param fromRun what is recalled from; `*` for any
/// @param session null for that of the day
/// @param turn the caller's own name for this turn; null for none
/// @param items recalled at most; 0 to recall nothing
/// @param keep whether the turn is kept
record TurnRequest(
    String user,
    String agent,
    String run,
    String fromAgent,
    String fromRun,
    @Nullable String session,
    @Nullable String turn,
    int items,
    int budgetTokens,
    boolean keep) {
  private static final String PATH = "engram.memory";
  private static final int ITEMS_DEFAULT = 10;
  private static final int ITEMS_MAX = 100;
  private static final int BUDGET_TOKENS_DEFAULT = 1_024;
  private static final int BUDGET_TOKENS_MAX = 100_000;
  private static final Set<String> FIELDS =
      Set.of(
          "user",
          "agent",
          "run",
          "from_agent",
          "from_run",
          "session",
          "turn",
          "items",
          "budget_tokens",
          "keep");

  static Optional<TurnRequest> of(@Nullable JsonNode engram, @Nullable String header) {
    Map<String, String> fields = new LinkedHashMap<>();
    if (engram != null && !engram.isNull()) {
      fields.putAll(ofBody(engram));
    }
    if (header != null) {
      if (!fields.isEmpty()) {
        throw invalid("", "Name the memory in the body or in the header, not in both.");
      }
      fields.putAll(ofHeader(header));
      if (fields.isEmpty()) {
        throw invalid("", "The header names no memory.");
      }
    }
    return fields.isEmpty() ? Optional.empty() : Optional.of(of(fields));
  }

  /// Other fields than `memory` are refused or read by whoever knows which model answers.
  private static Map<String, String> ofBody(JsonNode engram) {
    Map<String, String> fields = new LinkedHashMap<>();
    if (!engram.isObject()) {
      throw Failure.invalid("engram", "'engram' is an object.").toException();
    }
    if (!engram.has("memory")) {
      return fields;
    }
    JsonNode memory = engram.path("memory");
    if (!memory.isObject()) {
      throw invalid("", "'engram.memory' is an object with 'user' at least.");
    }
    for (Iterator<Map.Entry<String, JsonNode>> all = memory.properties().iterator();
        all.hasNext(); ) {
      Map.Entry<String, JsonNode> field = all.next();
      if (!field.getValue().isValueNode() || field.getValue().isNull()) {
        throw invalid("." + field.getKey(), "A text, a number, true or false is meant here.");
      }
      fields.put(field.getKey(), field.getValue().asString());
    }
    if (fields.isEmpty()) {
      throw invalid(".user", "'user' says whose memories are meant.");
    }
    return fields;
  }

  private static Map<String, String> ofHeader(String header) {
    Map<String, String> fields = new LinkedHashMap<>();
    for (String part : header.split(";")) {
      int at = part.indexOf('=');
      if (at < 0) {
        throw invalid("", "The header is 'user=ann; session=s1', with values as in addresses.");
      }
      String name = part.substring(0, at).strip();
      String value;
      try {
        value =
            URLDecoder.decode(
                part.substring(at + 1).strip().replace("+", "%2B"), StandardCharsets.UTF_8);
      } catch (IllegalArgumentException e) {
        throw invalid("." + name, "The value is not encoded as in addresses.");
      }
      if (fields.put(name, value) != null) {
        throw invalid("." + name, "It is named twice.");
      }
    }
    return fields;
  }

  private static TurnRequest of(Map<String, String> fields) {
    for (String name : fields.keySet()) {
      if (!FIELDS.contains(name)) {
        throw invalid(
            "." + name,
            "There is no such field; there are " + FIELDS.stream().sorted().toList() + ".");
      }
    }
    String user = fields.get("user");
    if (user == null) {
      throw invalid(
          ".user", "'user' says whose memories are meant; \"\" for those that all share.");
    }
    String agent = fields.getOrDefault("agent", "");
    String run = fields.getOrDefault("run", "");
    String session = fields.get("session");
    String turn = fields.get("turn");
    bounded("session", session);
    bounded("turn", turn);
    String keep = fields.getOrDefault("keep", "true");
    if (!keep.equals("true") && !keep.equals("false")) {
      throw invalid(".keep", "'keep' is true or false.");
    }
    return new TurnRequest(
        user,
        agent,
        run,
        fields.getOrDefault("from_agent", agent),
        fields.getOrDefault("from_run", run),
        session,
        turn,
        number(fields, "items", ITEMS_DEFAULT, Math.min(ITEMS_MAX, RecallRequest.ITEMS_MAX)),
        number(fields, "budget_tokens", BUDGET_TOKENS_DEFAULT, BUDGET_TOKENS_MAX),
        keep.equals("true"));
  }

  private static void bounded(String name, @Nullable String value) {
    if (value != null && (value.isBlank() || value.length() > EventDraft.NAME_CHARS_MAX)) {
      throw invalid(
          "." + name,
          "'%s' has 1 to %d characters, not all blank.".formatted(name, EventDraft.NAME_CHARS_MAX));
    }
  }

  private static int number(Map<String, String> fields, String name, int otherwise, int most) {
    String text = fields.get(name);
    if (text == null) {
      return otherwise;
    }
    try {
      int number = Integer.parseInt(text);
      if (number >= 0 && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw invalid("." + name, "'%s' is a whole number from 0 to %d.".formatted(name, most));
  }

  private static RuntimeException invalid(String field, String message) {
    return Failure.invalid(PATH + field, message).toException();
  }
}
