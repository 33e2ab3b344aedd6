package engram.api.openai.vectorstores;

import com.fasterxml.jackson.annotation.JsonInclude;
import engram.api.admin.Audit;
import engram.api.erase.Erasure;
import engram.api.openai.Attributes;
import engram.api.openai.Cursors;
import engram.api.openai.ListView;
import engram.api.openai.RequestProblem;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.retrieval.Access;
import engram.retrieval.Document;
import engram.retrieval.Hit;
import engram.retrieval.Library;
import engram.retrieval.Page;
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
@RequestMapping("/v1/vector_stores/{store}/files")
class StoreFilesController {
  private final Erasure erasure;
  private final Library library;
  private final Audit audit;

  StoreFilesController(Library library, Erasure erasure, Audit audit) {
    this.audit = audit;
    this.erasure = erasure;
    this.library = library;
  }

  /// @param chunkingStrategy as it is if absent; `auto` for the store's
  record Attach(
      @Nullable String fileId,
      @Nullable Map<String, Object> attributes,
      @Nullable JsonNode chunkingStrategy,
      @Nullable Extra engram) {
    Document.Draft draft(String at) {
      if (fileId == null) {
        throw RequestProblem.missing(at + "file_id");
      }
      return new Document.Draft(
          fileId,
          attributes == null ? null : Attributes.check(attributes, at + "attributes"),
          engram == null || engram.readers() == null
              ? null
              : Attributes.readers(engram.readers(), at + "engram.readers"),
          Chunkings.read(chunkingStrategy, at + "chunking_strategy"),
          Chunkings.isAuto(chunkingStrategy));
    }
  }

  /// @param readers principals that may read the document; as they are if absent
  record Extra(@Nullable List<String> readers) {}

  record Update(@Nullable Map<String, Object> attributes, @Nullable Extra engram) {}

  record Text(String type, String text) {}

  @JsonInclude(JsonInclude.Include.ALWAYS)
  record Texts(String object, List<Text> data, boolean hasMore, @Nullable String nextPage) {}

  @Requires(Verb.WRITE)
  @PostMapping
  StoreFileView attach(Caller caller, @PathVariable String store, @RequestBody Attach body) {
    return StoreFileView.of(
        library.addDocument(caller.access(), store, body.draft(""), audit.readers(caller)));
  }

  @GetMapping
  ListView<StoreFileView> list(
      Access access,
      @PathVariable String store,
      @RequestParam(required = false) @Nullable String filter,
      @RequestParam(required = false) @Nullable Integer limit,
      @RequestParam(required = false) @Nullable String order,
      @RequestParam(required = false) @Nullable String after,
      @RequestParam(required = false) @Nullable String before) {
    return ListView.of(
        library.documents(
            access, store, Cursors.status(filter), Cursors.read(limit, order, after, before)),
        Document::fileId,
        StoreFileView::of);
  }

  @GetMapping("/{file}")
  StoreFileView get(Access access, @PathVariable String store, @PathVariable String file) {
    return StoreFileView.of(library.document(access, store, file));
  }

  @Requires(Verb.WRITE)
  @PostMapping("/{file}")
  StoreFileView update(
      Caller caller,
      @PathVariable String store,
      @PathVariable String file,
      @RequestBody Update body) {
    if (body.attributes() == null) {
      throw RequestProblem.missing("attributes");
    }
    Extra extra = body.engram();
    return StoreFileView.of(
        library.updateDocument(
            caller.access(),
            store,
            file,
            Attributes.check(body.attributes(), "attributes"),
            extra == null || extra.readers() == null
                ? null
                : Attributes.readers(extra.readers(), "engram.readers"),
            audit.readers(caller)));
  }

  @Requires(Verb.DELETE)
  @DeleteMapping("/{file}")
  StoreFileView.Deleted delete(
      Caller caller, @PathVariable String store, @PathVariable String file) {
    return new StoreFileView.Deleted(
        file, "vector_store.file.deleted", true, erasure.document(caller, store, file));
  }

  /// What was read out of the file, piece by piece, as it is searched.
  @GetMapping("/{file}/content")
  Texts content(
      Access access,
      @PathVariable String store,
      @PathVariable String file,
      @RequestParam(required = false) @Nullable String page) {
    int offset = offset(page);
    Page<Hit> pieces = library.chunks(access, store, file, offset, Page.LIMIT_MAX);
    return new Texts(
        "vector_store.file_content.page",
        pieces.items().stream().map(hit -> new Text("text", hit.text())).toList(),
        pieces.hasMore(),
        pieces.hasMore() ? Integer.toString(offset + pieces.items().size()) : null);
  }

  private static int offset(@Nullable String page) {
    try {
      int offset = page == null ? 0 : Integer.parseInt(page);
      if (offset >= 0) {
        return offset;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw RequestProblem.invalid("page", "'page' is the 'next_page' of an earlier reply.");
  }
}
