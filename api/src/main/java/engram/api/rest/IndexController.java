package engram.api.rest;

import engram.api.admin.Audit;
import engram.api.admin.Tenants;
import engram.api.error.Failure;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.retrieval.Indexing;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// The index of this process. It holds every tenant's chunks: its numbers and its rebuilding are
/// the operator's.
@RestController
@RequestMapping("/api/index")
@Requires(Verb.ADMIN)
class IndexController {
  private static final Logger LOG = LoggerFactory.getLogger(IndexController.class);

  private final Indexing indexing;
  private final Audit audit;
  private final Tenants tenants;
  private final AtomicReference<Rebuild> rebuild = new AtomicReference<>(Rebuild.NONE);

  IndexController(Indexing indexing, Audit audit, Tenants tenants) {
    this.tenants = tenants;
    this.indexing = indexing;
    this.audit = audit;
  }

  /// @param state `none`, `running`, `done` or `failed`
  record Rebuild(String state, long chunksDone, long chunksTotal) {
    static final Rebuild NONE = new Rebuild("none", 0, 0);

    Rebuild ended(String how) {
      return new Rebuild(how, chunksDone, chunksTotal);
    }
  }

  /// @param rebuild the last one that was asked for since this process began
  record IndexView(Indexing.State index, Rebuild rebuild) {}

  @GetMapping
  IndexView get(Caller caller) {
    tenants.checkOperator(caller);
    return view();
  }

  private IndexView view() {
    return new IndexView(indexing.state(), current());
  }

  /// Begins to build the index anew; the old one serves until the new one is whole.
  @PostMapping("/rebuild")
  @ApiResponse(responseCode = "202", useReturnTypeSchema = true)
  ResponseEntity<IndexView> rebuild(Caller caller) {
    tenants.checkOperator(caller);
    Rebuild before = current();
    Rebuild begun = new Rebuild("running", 0, 0);
    if (before.state().equals("running") || !rebuild.compareAndSet(before, begun)) {
      throw Failure.of(409, "rebuild_running", "The index is being rebuilt already.").toException();
    }
    audit.add(caller, "index.rebuild", "index", Map.of());
    Thread.ofVirtual().name("index-rebuild").start(this::run);
    return ResponseEntity.accepted().body(view());
  }

  private void run() {
    String end = "failed";
    try {
      indexing.rebuild(progress ->
          rebuild.set(new Rebuild("running", progress.chunksDone(), progress.chunksTotal())));
      end = "done";
    } catch (RuntimeException e) {
      LOG.error("The rebuild of the index failed; the old index goes on serving", e);
    } finally {
      rebuild.set(current().ended(end));
    }
  }

  private Rebuild current() {
    @Nullable Rebuild current = rebuild.get();
    return current == null ? Rebuild.NONE : current;
  }
}
