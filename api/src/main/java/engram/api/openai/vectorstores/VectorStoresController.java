package engram.api.openai.vectorstores;

import engram.api.erase.Erasure;
import engram.api.openai.Attributes;
import engram.api.openai.Cursors;
import engram.api.openai.ListView;
import engram.api.openai.RequestProblem;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.db.Transactions;
import engram.retrieval.Access;
import engram.retrieval.Chunking;
import engram.retrieval.Document;
import engram.retrieval.DocumentCollection;
import engram.retrieval.Library;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;

@RestController
@Requires(Verb.READ)
@RequestMapping("/v1/vector_stores")
class VectorStoresController {
  private static final int NAME_CHARS_MAX = 256;
  private static final int DESCRIPTION_CHARS_MAX = 4_096;
  private static final int EXPIRY_DAYS_MAX = 3_650;
  private static final int FILES_MAX = 500;

  private final Erasure erasure;
  private final Library library;
  private final Transactions transactions;

  VectorStoresController(Library library, Erasure erasure, Transactions transactions) {
    this.erasure = erasure;
    this.library = library;
    this.transactions = transactions;
  }

  record Body(
      @Nullable String name,
      @Nullable String description,
      @Nullable Map<String, Object> metadata,
      @Nullable List<String> fileIds,
      @Nullable JsonNode chunkingStrategy,
      @Nullable JsonNode expiresAfter) {}

  @Requires(Verb.WRITE)
  @PostMapping
  VectorStoreView create(Access access, @RequestBody(required = false) @Nullable Body body) {
    Body given = body == null ? new Body(null, null, null, null, null, null) : body;
    List<String> files = given.fileIds() == null ? List.of() : given.fileIds();
    if (files.size() > FILES_MAX) {
      throw RequestProblem.invalid("file_ids", "'file_ids' has at most " + FILES_MAX + " files.");
    }
    DocumentCollection.Draft draft = draft(given);
    List<Document.Draft> within =
        files.stream()
            .map(id -> new StoreFilesController.Attach(id, null, null, null).draft(""))
            .toList();
    // Whatever is refused of its files must not leave half a store.
    return VectorStoreView.of(
        transactions.inTenant(access.tenant(), () -> create(access, draft, within)));
  }

  private DocumentCollection create(
      Access access, DocumentCollection.Draft draft, List<Document.Draft> files) {
    DocumentCollection made = library.createCollection(access, draft);
    if (files.isEmpty()) {
      return made;
    }
    library.addBatch(access, made.id(), files);
    return library.collection(access, made.id());
  }

  @GetMapping
  ListView<VectorStoreView> list(
      Access access,
      @RequestParam(required = false) @Nullable Integer limit,
      @RequestParam(required = false) @Nullable String order,
      @RequestParam(required = false) @Nullable String after,
      @RequestParam(required = false) @Nullable String before) {
    return ListView.of(
        library.collections(access, Cursors.read(limit, order, after, before)),
        DocumentCollection::id,
        VectorStoreView::of);
  }

  @GetMapping("/{id}")
  VectorStoreView get(Access access, @PathVariable String id) {
    return VectorStoreView.of(library.collection(access, id));
  }

  @Requires(Verb.WRITE)
  @PostMapping("/{id}")
  VectorStoreView modify(Access access, @PathVariable String id, @RequestBody Body body) {
    if (body.fileIds() != null || body.chunkingStrategy() != null) {
      throw RequestProblem.unsupported(
          body.fileIds() != null ? "file_ids" : "chunking_strategy",
          "It can be set when the vector store is created, or with each file.");
    }
    return VectorStoreView.of(library.updateCollection(access, id, draft(body)));
  }

  @Requires(Verb.DELETE)
  @DeleteMapping("/{id}")
  VectorStoreView.Deleted delete(Caller caller, @PathVariable String id) {
    return new VectorStoreView.Deleted(
        id, "vector_store.deleted", true, erasure.collection(caller, id));
  }

  private static DocumentCollection.Draft draft(Body body) {
    Chunking chunking = Chunkings.read(body.chunkingStrategy(), "chunking_strategy");
    return new DocumentCollection.Draft(
        text(body.name(), "name", NAME_CHARS_MAX),
        text(body.description(), "description", DESCRIPTION_CHARS_MAX),
        Attributes.texts(body.metadata(), "metadata"),
        chunking,
        days(body.expiresAfter()));
  }

  private static @Nullable String text(@Nullable String given, String param, int charsMax) {
    if (given != null && given.length() > charsMax) {
      throw RequestProblem.invalid(
          param, "'" + param + "' has at most " + charsMax + " characters.");
    }
    return given;
  }

  private static @Nullable Integer days(@Nullable JsonNode node) {
    if (node == null || node.isNull()) {
      return null;
    }
    JsonNode days = node.path("days");
    if (!node.path("anchor").asString("").equals("last_active_at")
        || !days.isInt()
        || days.intValue() < 1
        || days.intValue() > EXPIRY_DAYS_MAX) {
      throw RequestProblem.invalid(
          "expires_after",
          "'expires_after' is {anchor: 'last_active_at', days: 1 to " + EXPIRY_DAYS_MAX + "}.");
    }
    return days.intValue();
  }
}
