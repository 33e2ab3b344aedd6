package engram.api.rest;

import engram.api.admin.Audit;
import engram.api.erase.Erasure;
import engram.api.error.Failure;
import engram.api.openai.Attributes;
import engram.api.openai.Cursors;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.db.Transactions;
import engram.retrieval.Access;
import engram.retrieval.Document;
import engram.retrieval.DocumentStatus;
import engram.retrieval.Hit;
import engram.retrieval.Library;
import engram.retrieval.Page;
import engram.retrieval.Receipt;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// Documents of a collection, with all that is known of their ingestion; named as [DocumentKeys]
/// says.
@RestController
@RequestMapping("/api/collections/{collection}/documents")
@Requires(Verb.READ)
class DocumentsController {
  private final Erasure erasure;
  private final Library library;
  private final Refresh refresh;
  private final Audit audit;
  private final Transactions transactions;

  DocumentsController(
      Library library, Refresh refresh, Erasure erasure, Audit audit, Transactions transactions) {
    this.erasure = erasure;
    this.library = library;
    this.refresh = refresh;
    this.audit = audit;
    this.transactions = transactions;
  }

  /// @param attributes null leaves them as they are
  /// @param readers null leaves them as they are; empty opens the document to the whole tenant
  record Change(@Nullable Map<String, Object> attributes, @Nullable List<String> readers) {}

  record Attach(
      @Nullable String fileId,
      @Nullable Map<String, Object> attributes,
      @Nullable List<String> readers,
      @Nullable ChunkingBody chunking) {}

  @Requires(Verb.WRITE)
  @PostMapping
  @ApiResponse(responseCode = "200", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "202", useReturnTypeSchema = true)
  ResponseEntity<Document> attach(
      Caller caller,
      @PathVariable String collection,
      @RequestBody Attach body,
      @RequestParam(name = "refresh", required = false) @Nullable String wait) {
    if (body.fileId() == null) {
      throw Failure.invalid("file_id", "'file_id' is missing.").toException();
    }
    boolean waits = Refresh.asked(wait);
    Access access = caller.access();
    Document document =
        library.addDocument(
            access,
            collection,
            new Document.Draft(
                body.fileId(),
                body.attributes() == null
                    ? null
                    : Attributes.check(body.attributes(), "attributes"),
                body.readers() == null ? null : Attributes.readers(body.readers(), "readers"),
                body.chunking() == null ? null : body.chunking().toChunking("chunking")),
            audit.readers(caller));
    return waits
        ? waitedFor(access, collection, document)
        : ResponseEntity.accepted().body(document);
  }

  /// Accepted only: it is still on its way.
  private ResponseEntity<Document> waitedFor(Access access, String collection, Document document) {
    Document now = refresh.await(access, collection, document.fileId());
    boolean late = now.status() == DocumentStatus.IN_PROGRESS;
    return ResponseEntity.status(late ? HttpStatus.ACCEPTED : HttpStatus.OK).body(now);
  }

  /// @param status `in_progress`, `completed`, `failed` or `cancelled`
  @GetMapping
  Listing<Document> list(
      Access access,
      @PathVariable String collection,
      @RequestParam(required = false) @Nullable String status,
      @RequestParam(required = false) @Nullable Integer limit,
      @RequestParam(required = false) @Nullable String after) {
    return Listing.of(
        library.documents(access, collection, Cursors.status(status), Listing.cursor(limit, after)),
        Document::fileId);
  }

  @GetMapping("/{file}")
  Document get(
      Access access,
      @PathVariable String collection,
      @PathVariable String file,
      @RequestParam(required = false) @Nullable String key) {
    return library.document(access, collection, id(access, file, key));
  }

  @Requires(Verb.WRITE)
  @PatchMapping("/{file}")
  @ApiResponse(responseCode = "200", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "202", useReturnTypeSchema = true)
  ResponseEntity<Document> change(
      Caller caller,
      @PathVariable String collection,
      @PathVariable String file,
      @RequestParam(required = false) @Nullable String key,
      @RequestBody Change body,
      @RequestParam(name = "refresh", required = false) @Nullable String wait) {
    boolean waits = Refresh.asked(wait);
    Document changed =
        library.updateDocument(
            caller.access(),
            collection,
            id(caller.access(), file, key),
            body.attributes() == null ? null : Attributes.check(body.attributes(), "attributes"),
            body.readers() == null ? null : Attributes.readers(body.readers(), "readers"),
            audit.readers(caller));
    return waits ? waitedFor(caller.access(), collection, changed) : ResponseEntity.ok(changed);
  }

  /// Returns when no search on this server finds it, whatever `refresh` says.
  @Requires(Verb.DELETE)
  @DeleteMapping("/{file}")
  Receipt delete(
      Caller caller,
      @PathVariable String collection,
      @PathVariable String file,
      @RequestParam(required = false) @Nullable String key) {
    return erasure.document(caller, collection, id(caller.access(), file, key));
  }

  /// @param build one that does not serve; needs the verb `admin`
  @GetMapping("/{file}/chunks")
  Listing<Hit> chunks(
      Caller caller,
      @PathVariable String collection,
      @PathVariable String file,
      @RequestParam(required = false) @Nullable String key,
      @RequestParam(required = false) @Nullable Integer build,
      @RequestParam(required = false, defaultValue = "0") int after,
      @RequestParam(required = false) @Nullable Integer limit) {
    if (after < 0) {
      throw Failure.invalid("after", "'after' is a number of chunks.").toException();
    }
    if (build != null) {
      LibraryController.checkMayTryBuilds(caller);
    }
    Access access = caller.access();
    String id = id(access, file, key);
    Page<Hit> page = library.chunks(access, collection, id, build, after, Listing.limit(limit));
    return new Listing<>(
        page.items(),
        page.hasMore(),
        page.hasMore() ? Integer.toString(after + page.items().size()) : null);
  }

  @Requires(Verb.WRITE)
  @PostMapping("/{file}/retry")
  @ApiResponse(responseCode = "202", useReturnTypeSchema = true)
  ResponseEntity<Document> retry(
      Caller caller,
      @PathVariable String collection,
      @PathVariable String file,
      @RequestParam(required = false) @Nullable String key) {
    Access access = caller.access();
    String id = id(access, file, key);
    return ResponseEntity.accepted()
        .body(
            audited(
                caller,
                "document.retried",
                collection,
                id,
                () -> library.retryDocument(access, collection, id)));
  }

  @Requires(Verb.WRITE)
  @PostMapping("/{file}/cancel")
  Document cancel(
      Caller caller,
      @PathVariable String collection,
      @PathVariable String file,
      @RequestParam(required = false) @Nullable String key) {
    Access access = caller.access();
    String id = id(access, file, key);
    return audited(
        caller,
        "document.cancelled",
        collection,
        id,
        () -> library.cancelDocument(access, collection, id));
  }

  private Document audited(
      Caller caller, String action, String collection, String id, Supplier<Document> change) {
    return transactions.inTenant(
        caller.tenant(),
        () -> {
          Document changed = change.get();
          audit.add(caller, action, "document " + id + " of " + collection, Map.of());
          return changed;
        });
  }

  private String id(Access access, String path, @Nullable String key) {
    return DocumentKeys.file(library, access, path, key);
  }
}
