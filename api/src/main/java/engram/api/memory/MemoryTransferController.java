package engram.api.memory;

import engram.api.admin.Audit;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.memory.AccessHistory;
import engram.memory.AccessHistory.Access;
import engram.memory.MemoryScope;
import engram.memory.Transfer;
import engram.memory.Transfer.Manifest;
import engram.memory.Versions;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.Part;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RequestPart;
import org.springframework.web.bind.annotation.RestController;

/// Memories as files, and who read and wrote them.
@RestController
@RequestMapping("/api/memory")
@Requires(Verb.READ)
class MemoryTransferController {
  private static final int LIMIT_DEFAULT = 50;

  private final Transfer transfer;
  private final Versions versions;
  private final AccessHistory history;
  private final MemoryUse use;
  private final Audit audit;

  MemoryTransferController(
      Transfer transfer, Versions versions, AccessHistory history, MemoryUse use, Audit audit) {
    this.transfer = transfer;
    this.versions = versions;
    this.history = history;
    this.use = use;
    this.audit = audit;
  }

  record AccessView(
      long id,
      String user,
      String agent,
      String run,
      Instant at,
      String actor,
      String operation,
      boolean writes,
      List<Long> items,
      long count,
      String requestId) {
    static AccessView of(Access access) {
      return new AccessView(
          access.id(),
          access.scope().user(),
          access.scope().agent(),
          access.scope().run(),
          access.at(),
          access.actor(),
          access.operation(),
          access.writes(),
          access.items(),
          access.count(),
          access.requestId());
    }
  }

  /// @param next the `before` of the next piece; null on the last
  record Accesses(List<AccessView> items, @Nullable Long next) {}

  /// Written whole before the first byte goes out: what fails says so by its status, and half a
  /// file is never taken for one.
  @GetMapping(path = "/export", produces = "application/zip")
  void export(
      Caller caller,
      @RequestParam(required = false) @Nullable String user,
      @RequestParam(required = false) @Nullable String agent,
      @RequestParam(required = false) @Nullable String run,
      @RequestParam(required = false) @Nullable UUID snapshot,
      HttpServletResponse response)
      throws IOException {
    MemoryScope place = MemoryPlace.of(caller, user, agent, run).requirePlace();
    Path file = Files.createTempFile("engram-export", ".zip");
    try {
      Manifest manifest;
      try (OutputStream output = Files.newOutputStream(file)) {
        manifest =
            transfer.write(
                place,
                snapshot == null ? null : versions.find(caller.tenant(), place.user(), snapshot),
                output);
      }
      use.read(caller, place, "export", List.of());
      audit.add(caller, "memory.export", "sha256 " + manifest.sha256(), counts(manifest));
      response.setContentType("application/zip");
      response.setContentLengthLong(Files.size(file));
      response.setHeader("Content-Disposition", "attachment; filename=\"memory.zip\"");
      Files.copy(file, response.getOutputStream());
    } finally {
      Files.delete(file);
    }
  }

  @Requires(Verb.WRITE)
  @PostMapping(path = "/import", consumes = MediaType.MULTIPART_FORM_DATA_VALUE)
  Manifest load(
      Caller caller,
      @RequestPart("file") Part file,
      @RequestParam(required = false) @Nullable String user,
      @RequestParam(required = false) @Nullable String agent,
      @RequestParam(required = false) @Nullable String run)
      throws IOException {
    MemoryScope place = MemoryPlace.of(caller, user, agent, run);
    try (InputStream input = file.getInputStream()) {
      Manifest manifest = transfer.read(place, input);
      use.wrote(caller, place, "import", List.of());
      audit.add(caller, "memory.import", "sha256 " + manifest.sha256(), counts(manifest));
      return manifest;
    }
  }

  private static Map<String, Object> counts(Manifest manifest) {
    return Map.of("events", manifest.events(), "claims", manifest.claims());
  }

  /// @param writes `true` for writes, `false` for reads; both unless said
  /// @param before id of the last entry of the piece before
  @GetMapping("/history")
  Accesses history(
      Caller caller,
      @RequestParam(required = false) @Nullable String user,
      @RequestParam(required = false) @Nullable Boolean writes,
      @RequestParam(required = false) @Nullable Instant from,
      @RequestParam(required = false) @Nullable Instant to,
      @RequestParam(required = false) @Nullable Long before,
      @RequestParam(required = false) @Nullable Integer limit) {
    MemoryScope scope = MemoryPlace.of(caller, user, MemoryScope.ANY, MemoryScope.ANY);
    int count = limit == null ? LIMIT_DEFAULT : limit;
    List<Access> found =
        history.read(scope, new AccessHistory.Query(writes, from, to, before), count);
    return new Accesses(
        found.stream().map(AccessView::of).toList(),
        found.size() == count ? found.getLast().id() : null);
  }
}
