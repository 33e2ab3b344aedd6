package engram.api.openai.vectorstores;

import engram.api.admin.Audit;
import engram.api.openai.Cursors;
import engram.api.openai.ListView;
import engram.api.openai.RequestProblem;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.db.Transactions;
import engram.retrieval.Access;
import engram.retrieval.Document;
import engram.retrieval.FileBatch;
import engram.retrieval.Library;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
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
@RequestMapping("/v1/vector_stores/{store}/file_batches")
class FileBatchesController {
  private static final int FILES_MAX = 2_000;

  private final Library library;
  private final Audit audit;
  private final Transactions transactions;

  FileBatchesController(Library library, Audit audit, Transactions transactions) {
    this.audit = audit;
    this.transactions = transactions;
    this.library = library;
  }

  /// @param fileIds files that share `attributes` and `chunking_strategy`
  /// @param files or: files with their own
  record Body(
      @Nullable List<String> fileIds,
      @Nullable List<StoreFilesController.Attach> files,
      @Nullable Map<String, Object> attributes,
      @Nullable JsonNode chunkingStrategy,
      StoreFilesController.@Nullable Extra engram) {
    List<Document.Draft> drafts() {
      if ((fileIds == null) == (files == null)) {
        throw RequestProblem.invalid("file_ids", "Give either 'file_ids' or 'files'.");
      }
      List<Document.Draft> drafts = new ArrayList<>();
      if (fileIds != null) {
        for (String id : fileIds) {
          drafts.add(
              new StoreFilesController.Attach(id, attributes, chunkingStrategy, engram).draft(""));
        }
      }
      if (files != null) {
        for (StoreFilesController.Attach file : files) {
          drafts.add(file.draft("files[" + drafts.size() + "]."));
        }
      }
      if (drafts.isEmpty() || drafts.size() > FILES_MAX) {
        throw RequestProblem.invalid(
            fileIds == null ? "files" : "file_ids", "A batch has 1 to " + FILES_MAX + " files.");
      }
      return drafts;
    }
  }

  record BatchView(
      String id,
      String object,
      long createdAt,
      String vectorStoreId,
      String status,
      VectorStoreView.FileCounts fileCounts) {
    static BatchView of(FileBatch batch) {
      return new BatchView(
          batch.id(),
          "vector_store.files_batch",
          batch.createdAt().getEpochSecond(),
          batch.collectionId(),
          status(batch),
          VectorStoreView.FileCounts.of(batch.counts()));
    }

    /// A batch whose files all failed has failed; one with some good files is complete.
    private static String status(FileBatch batch) {
      var counts = batch.counts();
      if (batch.cancelled()) {
        return "cancelled";
      }
      if (counts.inProgress() > 0) {
        return "in_progress";
      }
      return counts.total() > 0 && counts.failed() == counts.total() ? "failed" : "completed";
    }
  }

  @Requires(Verb.WRITE)
  @PostMapping
  BatchView create(Caller caller, @PathVariable String store, @RequestBody Body body) {
    return BatchView.of(
        library.addBatch(caller.access(), store, body.drafts(), audit.readers(caller)));
  }

  @GetMapping("/{batch}")
  BatchView get(Access access, @PathVariable String store, @PathVariable String batch) {
    return BatchView.of(library.batch(access, store, batch));
  }

  @GetMapping("/{batch}/files")
  ListView<StoreFileView> files(
      Access access,
      @PathVariable String store,
      @PathVariable String batch,
      @RequestParam(required = false) @Nullable String filter,
      @RequestParam(required = false) @Nullable Integer limit,
      @RequestParam(required = false) @Nullable String order,
      @RequestParam(required = false) @Nullable String after,
      @RequestParam(required = false) @Nullable String before) {
    return ListView.of(
        library.batchDocuments(
            access,
            store,
            batch,
            Cursors.status(filter),
            Cursors.read(limit, order, after, before)),
        Document::fileId,
        StoreFileView::of);
  }

  @Requires(Verb.WRITE)
  @PostMapping("/{batch}/cancel")
  BatchView cancel(Caller caller, @PathVariable String store, @PathVariable String batch) {
    return transactions.inTenant(
        caller.tenant(),
        () -> {
          FileBatch cancelled = library.cancelBatch(caller.access(), store, batch);
          audit.add(caller, "batch.cancelled", "batch " + batch + " of " + store, Map.of());
          return BatchView.of(cancelled);
        });
  }
}
