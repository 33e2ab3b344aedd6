package engram.api.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/// A model that a server answers for.
record ServerPartner(ServerClient server, String name) implements ChatCommand.Partner {
  @Override
  public String answer(
      List<ChatCommand.Line> dialogue, ChatCommand.Manner manner, Consumer<String> piece) {
    Map<String, Object> request = new LinkedHashMap<>();
    request.put("model", name);
    request.put("messages", dialogue);
    request.put("stream", true);
    manner.maxTokens().ifPresent(tokens -> request.put("max_tokens", tokens));
    manner.temperature().ifPresent(temperature -> request.put("temperature", temperature));
    StringBuilder whole = new StringBuilder();
    server.stream(
        "v1/chat/completions",
        request,
        event -> {
          JsonNode error = event.path("error");
          if (error.isObject()) {
            throw new CommandException(error.path("message").asString("the answer broke off"));
          }
          String text = event.path("choices").path(0).path("delta").path("content").asString("");
          if (!text.isEmpty()) {
            whole.append(text);
            piece.accept(text);
          }
        });
    return whole.toString();
  }
}
