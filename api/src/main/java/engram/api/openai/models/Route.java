package engram.api.openai.models;

import engram.api.openai.FileSearch;
import org.springframework.ai.chat.model.ChatModel;

/// Who answers a request.
public sealed interface Route {
  /// The documents, through search.
  record Documents(FileSearch search) implements Route {}

  /// The configured chat model on a server, as it is.
  record Model(String name, ChatModel chat) implements Route {}

  /// A model of this process, as it is.
  record Local(String name) implements Route {}
}
