package engram.api.openai;

import engram.memory.Role;
import engram.memory.Turns;
import engram.retrieval.AskRequest;
import engram.retrieval.AskRequest.Turn;
import engram.retrieval.SearchRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.UserMessage;
import tools.jackson.databind.JsonNode;

/// Messages of a conversation, oldest first, as plain text.
public record Dialogue(List<Line> lines) {
  static final int LINES_MAX = 1_000;
  static final int CHARS_MAX = 2_000_000;
  private static final Set<String> TEXT_PARTS = Set.of("text", "input_text", "output_text");

  public enum Speaker {
    SYSTEM,
    USER,
    ASSISTANT
  }

  public record Line(Speaker speaker, String text) {}

  public Dialogue {
    lines = List.copyOf(lines);
    if (lines.size() > LINES_MAX) {
      throw RequestProblem.invalid("messages", "More than " + LINES_MAX + " messages.");
    }
    if (lines.stream().mapToLong(line -> line.text().length()).sum() > CHARS_MAX) {
      throw RequestProblem.invalid("messages", "More than " + CHARS_MAX + " characters.");
    }
  }

  /// One message `{role, content}`.
  ///
  /// @param param where it stands in the request, for messages
  public static Line line(JsonNode message, String param) {
    String role = message.path("role").asString("");
    Speaker speaker =
        switch (role) {
          case "system", "developer" -> Speaker.SYSTEM;
          case "user" -> Speaker.USER;
          case "assistant" -> Speaker.ASSISTANT;
          case "tool", "function" ->
              throw RequestProblem.unsupported(
                  param + ".role", "Messages of role '" + role + "' are not supported.");
          default ->
              throw RequestProblem.invalid(
                  param + ".role", "'role' is 'system', 'developer', 'user' or 'assistant'.");
        };
    if (message.path("tool_calls").isArray() && !message.path("tool_calls").isEmpty()) {
      throw RequestProblem.unsupported(param + ".tool_calls", "Function calls are not supported.");
    }
    return new Line(speaker, content(message.get("content"), param + ".content"));
  }

  /// Text, or an array of text parts, which are joined by line breaks.
  public static String content(@Nullable JsonNode content, String param) {
    if (content == null || content.isNull()) {
      throw RequestProblem.missing(param);
    }
    if (content.isString()) {
      return content.stringValue();
    }
    if (!content.isArray()) {
      throw RequestProblem.invalid(param, "'" + param + "' is a string or an array of parts.");
    }
    List<String> texts = new ArrayList<>();
    int index = 0;
    for (JsonNode part : content) {
      String type = part.path("type").asString("");
      if (!TEXT_PARTS.contains(type)) {
        throw RequestProblem.unsupported(
            param + "[" + index + "].type",
            "Content of type '" + type + "' is not supported; text is.");
      }
      texts.add(part.path("text").asString(""));
      index++;
    }
    return String.join("\n", texts);
  }

  /// The last message as the question, system messages as instructions, the others as history.
  public AskRequest ask(
      FileSearch search, @Nullable Integer maxAnswerTokens, @Nullable Double temperature) {
    List<Line> spoken = lines.stream().filter(line -> line.speaker() != Speaker.SYSTEM).toList();
    if (spoken.isEmpty() || spoken.getLast().speaker() != Speaker.USER) {
      throw RequestProblem.invalid("messages", "The last message must be the user's question.");
    }
    String question = spoken.getLast().text();
    if (question.isBlank() || question.length() > SearchRequest.QUERY_CHARS_MAX) {
      throw RequestProblem.invalid(
          "messages",
          "A question to documents has 1 to "
              + SearchRequest.QUERY_CHARS_MAX
              + " characters; this one has "
              + question.length()
              + ".");
    }
    List<Turn> history =
        spoken.subList(0, spoken.size() - 1).stream()
            .filter(line -> !line.text().isBlank())
            .map(Dialogue::turn)
            .toList();
    return new AskRequest(
        question,
        search.searchFor(question),
        AskRequest.Mode.AUTO,
        instructions(),
        history,
        AskRequest.BUDGET_TOKENS_DEFAULT,
        maxAnswerTokens,
        temperature,
        null,
        null,
        // OpenAI's shapes cannot mark a sentence: what no source carries would pass as theirs.
        AskRequest.UnsupportedSentences.DROP);
  }

  /// With what else the model is to know, after the application's own instructions.
  public Dialogue withNotes(String notes) {
    if (notes.isEmpty()) {
      return this;
    }
    int at = 0;
    while (at < lines.size() && lines.get(at).speaker() == Speaker.SYSTEM) {
      at++;
    }
    List<Line> more = new ArrayList<>(lines);
    more.add(at, new Line(Speaker.SYSTEM, notes));
    return new Dialogue(more);
  }

  /// The lines as the memory room has them.
  public List<Turns.Line> remembered() {
    return lines.stream()
        .map(line ->
            new Turns.Line(
                switch (line.speaker()) {
                  case SYSTEM -> Role.SYSTEM;
                  case USER -> Role.USER;
                  case ASSISTANT -> Role.ASSISTANT;
                },
                line.text()))
        .toList();
  }

  private static Turn turn(Line line) {
    return new Turn(
        line.speaker() == Speaker.USER ? AskRequest.Role.USER : AskRequest.Role.ASSISTANT,
        line.text());
  }

  private @Nullable String instructions() {
    List<String> texts =
        lines.stream()
            .filter(line -> line.speaker() == Speaker.SYSTEM && !line.text().isBlank())
            .map(Line::text)
            .toList();
    return texts.isEmpty() ? null : String.join("\n\n", texts);
  }

  public List<Message> messages() {
    return lines.stream()
        .<Message>map(line ->
            switch (line.speaker()) {
              case SYSTEM -> new SystemMessage(line.text());
              case USER -> new UserMessage(line.text());
              case ASSISTANT -> new AssistantMessage(line.text());
            })
        .toList();
  }
}
