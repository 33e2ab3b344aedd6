package engram.api.engine;

import tools.jackson.databind.JsonNode;

/// Chats with the small models, and what of a reply tests look at.
abstract class LocalChat extends LocalServer {
  static final String CHAT = "/v1/chat/completions";
  static final String HELLO = "'messages':[{'role':'user','content':'Hello'}]";

  static String body(String more) {
    return "{'model':'noise','max_tokens':24,'seed':7," + HELLO + more + "}";
  }

  static JsonNode choice(JsonNode reply) {
    return reply.path("choices").path(0);
  }

  static String content(JsonNode reply) {
    return choice(reply).path("message").path("content").asString();
  }
}
