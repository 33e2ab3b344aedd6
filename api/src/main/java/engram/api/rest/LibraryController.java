package engram.api.rest;

import engram.api.error.Failure;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.retrieval.Access;
import engram.retrieval.Library;
import engram.retrieval.PassageInspector;
import engram.retrieval.Receipt;
import engram.retrieval.Retriever;
import engram.retrieval.SearchPage;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// Search with everything shown, the text that citations point into, and receipts.
@RestController
@RequestMapping("/api")
@Requires(Verb.READ)
class LibraryController {
  private final Library library;
  private final Retriever retriever;
  private final PassageInspector inspector;

  LibraryController(Library library, Retriever retriever, PassageInspector inspector) {
    this.library = library;
    this.retriever = retriever;
    this.inspector = inspector;
  }

  record Text(String fileId, int version, String text) {}

  @PostMapping("/collections/{collection}/search")
  SearchPage search(Caller caller, @PathVariable String collection, @RequestBody SearchBody body) {
    if (body.build() != null) {
      checkMayTryBuilds(caller);
    }
    SearchPage found = retriever.search(caller.access(), body.in(List.of(collection)));
    return Boolean.TRUE.equals(body.flags()) ? inspector.flagged(found) : found;
  }

  /// Builds that do not serve are for those who decide which one does.
  static void checkMayTryBuilds(Caller caller) {
    if (!caller.may(Verb.ADMIN)) {
      throw Failure.of(403, "missing_verb", "'build' needs a key with the verb 'admin'.")
          .toException();
    }
  }

  /// @param version null for the present one
  @GetMapping("/files/{file}/text")
  Text text(
      Access access,
      @PathVariable String file,
      @RequestParam(required = false) @Nullable Integer version) {
    if (version != null && version < 1) {
      throw Failure.invalid("version", "'version' counts from 1.").toException();
    }
    int wanted = version == null ? library.file(access, file).version() : version;
    return new Text(file, wanted, library.text(access, file, wanted));
  }

  @GetMapping("/receipts")
  Listing<Receipt> receipts(
      Access access,
      @RequestParam(required = false) @Nullable Integer limit,
      @RequestParam(required = false) @Nullable String after) {
    return Listing.of(library.receipts(access, Listing.cursor(limit, after)), Receipt::id);
  }

  @GetMapping("/receipts/{id}")
  Receipt receipt(Access access, @PathVariable String id) {
    return library.receipt(access, id);
  }
}
