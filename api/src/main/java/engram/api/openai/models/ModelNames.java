package engram.api.openai.models;

import engram.api.engine.EngineChatModel;
import engram.api.engine.EngineEmbeddings;
import engram.api.engine.EngineModels;
import engram.api.openai.FileSearch;
import engram.api.openai.RequestProblem;
import engram.api.wiring.ChatSettings;
import engram.api.wiring.EmbeddingSettings;
import engram.retrieval.Access;
import engram.retrieval.Library;
import engram.retrieval.NotFoundException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;

/// What a model name in a request stands for.
///
/// `engram` answers from documents: those that the `file_search` tool names, else all that the
/// caller may use. `engram/<collection>` names one collection by id or name, for clients that can
/// set nothing but a model. Other names are those of the configured models and of the models of
/// this process. With `file_search` any name is taken, and the reply says which model really
/// answered.
@Component
public class ModelNames {
  public static final String ENGRAM = "engram";
  public static final String COLLECTION_PREFIX = ENGRAM + "/";
  private static final int COLLECTIONS_MAX = 100;

  private final Library library;
  private final EngineModels ours;
  private final @Nullable ChatModel chat;
  private final @Nullable EmbeddingModel embedding;
  private final @Nullable String chatName;
  private final @Nullable String embeddingName;

  ModelNames(
      Library library,
      EngineModels ours,
      ObjectProvider<ChatModel> chat,
      ObjectProvider<EmbeddingModel> embedding,
      ChatSettings chatSettings,
      EmbeddingSettings embeddingSettings) {
    this.library = library;
    this.ours = ours;
    this.chat = chat.getIfAvailable();
    this.embedding = embedding.getIfAvailable();
    this.chatName = name(this.chat, chatSettings.model(), "chat");
    this.embeddingName = name(this.embedding, embeddingSettings.model(), "embedding");
  }

  private static @Nullable String name(
      @Nullable Object model, @Nullable String configured, String otherwise) {
    if (model == null) {
      return null;
    }
    return configured == null || configured.isBlank() ? otherwise : configured;
  }

  /// All names that are known without looking at collections.
  public List<String> known() {
    Set<String> names = new LinkedHashSet<>(List.of(ENGRAM));
    if (chatName != null) {
      names.add(chatName);
    }
    if (embeddingName != null) {
      names.add(embeddingName);
    }
    names.addAll(ours.names());
    return List.copyOf(names);
  }

  /// @param tools of the request; functions are for models of this process, `file_search` for
  ///   documents
  public Route route(Access access, @Nullable String model, @Nullable JsonNode tools) {
    if (model == null || model.isBlank()) {
      throw RequestProblem.missing("model");
    }
    if (isLocal(model) && !FileSearch.isAsked(tools)) {
      return new Route.Local(model);
    }
    FileSearch search = FileSearch.read(tools);
    if (search != null) {
      return new Route.Documents(search);
    }
    if (model.equals(ENGRAM)) {
      return new Route.Documents(FileSearch.over(all(access)));
    }
    if (model.startsWith(COLLECTION_PREFIX)) {
      String name = model.substring(COLLECTION_PREFIX.length());
      return new Route.Documents(FileSearch.over(List.of(collection(access, name))));
    }
    if (chat != null && model.equals(chatName)) {
      return new Route.Model(model, chat);
    }
    if (chat == null) {
      throw RequestProblem.of(
          400,
          "no_chat_model",
          "model",
          "There is no chat model '"
              + model
              + "' here, and none is configured: set engram.chat.model, or put the model into the"
              + " models folder (./engram models pull). Or ask your documents, which needs none:"
              + " add the tool 'file_search' with 'vector_store_ids', or use the model 'engram' or"
              + " 'engram/<vector store>'.");
    }
    throw unknown(model);
  }

  /// A model on a server that has the same name goes before.
  private boolean isLocal(String model) {
    return model.equals(chatName) ? chat instanceof EngineChatModel : ours.has(model);
  }

  /// Looks the collections up, so that a stream that cannot succeed is refused before it begins.
  ///
  /// @throws NotFoundException if one does not exist for this caller
  public void check(Access access, FileSearch search) {
    search.collections().forEach(id -> library.checkCollection(access, id));
  }

  /// The embedding model, if the name is its.
  public EmbeddingModel embedding(@Nullable String model) {
    if (model == null || model.isBlank()) {
      throw RequestProblem.missing("model");
    }
    if (embedding != null && model.equals(embeddingName)) {
      return embedding;
    }
    if (ours.has(model)) {
      return new EngineEmbeddings(ours, model);
    }
    if (embedding == null) {
      throw RequestProblem.of(
          404,
          "model_not_found",
          "model",
          "There is no embedding model '"
              + model
              + "' here, and none is configured: set engram.embedding.model, or put the model into"
              + " the models folder (./engram models pull).");
    }
    throw unknown(model);
  }

  /// A model of this process, for what only those can do.
  public String local(@Nullable String model) {
    if (model == null || model.isBlank()) {
      throw RequestProblem.missing("model");
    }
    if (!ours.has(model)) {
      throw RequestProblem.of(
          404,
          "model_not_found",
          "model",
          "There is no model '"
              + model
              + "' in this process. There are "
              + (ours.names().isEmpty() ? "none" : String.join(", ", ours.names()))
              + "; ./engram models pull brings more.");
    }
    return model;
  }

  public boolean exists(Access access, String model) {
    if (model.startsWith(COLLECTION_PREFIX)) {
      try {
        collection(access, model.substring(COLLECTION_PREFIX.length()));
        return true;
      } catch (NotFoundException e) {
        return false;
      }
    }
    return known().contains(model);
  }

  public RuntimeException unknown(String model) {
    return RequestProblem.of(
        404,
        "model_not_found",
        "model",
        "The model '"
            + model
            + "' does not exist. There are "
            + String.join(", ", known())
            + ", and 'engram/<vector store>' for each vector store.");
  }

  private List<String> all(Access access) {
    List<String> ids = library.collectionIds(access, null, COLLECTIONS_MAX + 1);
    if (ids.isEmpty() || ids.size() > COLLECTIONS_MAX) {
      throw RequestProblem.of(
          400,
          "no_collection",
          "model",
          ids.isEmpty()
              ? "There is no vector store yet: create one and put files into it."
              : "There are more than "
                  + COLLECTIONS_MAX
                  + " vector stores: name those to search by the tool 'file_search', or use the"
                  + " model 'engram/<vector store>'.");
    }
    return ids;
  }

  private String collection(Access access, String idOrName) {
    try {
      library.checkCollection(access, idOrName);
      return idOrName;
    } catch (NotFoundException e) {
      return byName(access, idOrName);
    }
  }

  private String byName(Access access, String name) {
    List<String> found = library.collectionIds(access, name, 2);
    if (found.size() > 1) {
      throw RequestProblem.invalid(
          "model", "Several vector stores are named '" + name + "': use the id of one of them.");
    }
    if (found.isEmpty()) {
      throw new NotFoundException("vector store", name);
    }
    return found.getFirst();
  }
}
