package engram.system;

import com.openai.client.OpenAIClient;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.responses.FileSearchTool;
import com.openai.models.responses.ResponseCreateParams;
import engram.system.StubModelServer.Script;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The real server with a stub of a model server beside it and one document in a collection. Tests
/// share it, one class after the other, and begin with [#behave].
final class ModelWorld {
  static final String TEXT =
      """
      The lighthouse of Kestrel Point was built in 1874 by Agnes Marlow.
      Its lamp can be seen from a distance of nineteen nautical miles.
      The keeper's cottage beside it is a museum today.
      """;
  static final String QUESTION = "Who built the lighthouse of Kestrel Point?";
  static final String TRUE_TEXT =
      "The lighthouse was built in 1874 by Agnes Marlow. Its lamp can be seen from nineteen nautical"
          + " miles.";
  static final String TRUE_ANSWER =
      "The lighthouse was built in 1874 by Agnes Marlow [1]. Its lamp can be seen from nineteen"
          + " nautical miles [1].";
  static final Duration PATIENCE_OF_SERVER = Duration.ofSeconds(3);

  final StubModelServer model = new StubModelServer();
  final RunningServer server;
  final Api api;
  final OpenAIClient client;
  final String collection;

  private ModelWorld() {
    List<String> settings = new ArrayList<>(model.settings());
    settings.add(
        "--engram.retrieval.ask.first-token-timeout=" + PATIENCE_OF_SERVER.toMillis() + "ms");
    try {
      server = RunningServer.start(Files.createTempDirectory("engram-model"), List.of(), settings);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    api = server.admin();
    client = OpenAiClients.of(server);
    collection = api.createCollection("coast");
    api.putDocument(collection, "lighthouse.txt", TEXT);
    behave();
    askEvents(); // the first call of a model loads its client, which must not count as its slowness
  }

  /// Started at first use.
  static ModelWorld shared() {
    return Shared.WORLD;
  }

  /// Well, until told otherwise.
  ModelWorld behave() {
    model.embeds(true);
    model.chats(new Script.Says(TRUE_ANSWER));
    return this;
  }

  JsonNode ask() {
    return api.post("/api/ask", question(false));
  }

  private Map<String, Object> question(boolean stream) {
    return Map.of("question", QUESTION, "collections", List.of(collection), "stream", stream);
  }

  /// The data of the events by their names, in the order in which the names came.
  Map<String, List<JsonNode>> askEvents() {
    JsonMapper json = JsonMapper.shared();
    String text =
        api.send(
                "POST",
                "/api/ask",
                "application/json",
                json.writeValueAsBytes(question(true)),
                Map.of())
            .text();
    Map<String, List<JsonNode>> events = new LinkedHashMap<>();
    for (String event : text.split("\n\n", -1)) {
      if (event.startsWith("event: ")) {
        String[] lines = event.split("\n", 2);
        events
            .computeIfAbsent(lines[0].substring("event: ".length()), unused -> new ArrayList<>())
            .add(json.readTree(lines[1].substring("data: ".length())));
      }
    }
    return events;
  }

  /// The model's name that answers from the document.
  String grounded() {
    return "engram/" + collection;
  }

  ChatCompletionCreateParams chat(String modelName) {
    return ChatCompletionCreateParams.builder().model(modelName).addUserMessage(QUESTION).build();
  }

  String chatStream(String modelName) {
    StringBuilder text = new StringBuilder();
    try (var chunks = client.chat().completions().createStreaming(chat(modelName))) {
      chunks.stream()
          .map(ChatCompletionChunk::choices)
          .flatMap(List::stream)
          .forEach(choice -> choice.delta().content().ifPresent(text::append));
    }
    return text.toString();
  }

  ResponseCreateParams response() {
    return ResponseCreateParams.builder()
        .model("engram")
        .input(QUESTION)
        .addTool(FileSearchTool.builder().vectorStoreIds(List.of(collection)).build())
        .build();
  }

  private static final class Shared {
    private static final ModelWorld WORLD = new ModelWorld();

    static {
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(() -> {
                WORLD.server.close();
                WORLD.model.close();
              }));
    }
  }
}
