package engram.api.rest;

import engram.api.admin.Audit;
import engram.api.error.Failure;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.db.Transactions;
import engram.retrieval.Access;
import engram.retrieval.Analysis;
import engram.retrieval.Build;
import engram.retrieval.Builds;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/// Other ways to cut, analyse and embed a collection, beside the one that serves.
@RestController
@RequestMapping("/api/collections/{collection}")
@Requires(Verb.ADMIN)
class BuildsController {
  private final Builds builds;
  private final Audit audit;
  private final Transactions transactions;

  BuildsController(Builds builds, Audit audit, Transactions transactions) {
    this.builds = builds;
    this.audit = audit;
    this.transactions = transactions;
  }

  /// What is absent is as in the build that serves.
  ///
  /// @param embeddingModel a name under `engram.embedding.models`, or `default`
  record BuildBody(
      @Nullable ChunkingBody chunking,
      @Nullable AnalysisBody analysis,
      @Nullable String embeddingModel) {
    Build.Draft toDraft() {
      return new Build.Draft(
          chunking == null ? null : chunking.toChunking("chunking"),
          analysis == null ? null : analysis.toAnalysis(),
          embeddingModel);
    }
  }

  /// @param language `auto` (the default), `common`, `de`, `tr`, `vi` or `none`
  record AnalysisBody(@Nullable String language) {
    Analysis toAnalysis() {
      try {
        return language == null ? Analysis.AUTO : new Analysis(Analysis.Language.of(language));
      } catch (IllegalArgumentException e) {
        throw Failure.invalid("analysis", String.valueOf(e.getMessage())).toException();
      }
    }
  }

  /// @param acceptFailures whether the build may lack documents
  record SwitchBody(@Nullable Boolean acceptFailures) {}

  record BuildList(List<Build> items) {}

  @PostMapping("/builds")
  @ResponseStatus(HttpStatus.ACCEPTED)
  Build start(Caller caller, @PathVariable String collection, @RequestBody BuildBody body) {
    Build.Draft draft = body.toDraft();
    return audited(
        caller, "build.started", collection, () -> builds.start(whole(caller), collection, draft));
  }

  /// Newest first.
  @GetMapping("/builds")
  BuildList list(Caller caller, @PathVariable String collection) {
    return new BuildList(builds.list(whole(caller), collection));
  }

  @GetMapping("/builds/{build}")
  Build get(Caller caller, @PathVariable String collection, @PathVariable int build) {
    return builds.get(whole(caller), collection, build);
  }

  @DeleteMapping("/builds/{build}")
  @ResponseStatus(HttpStatus.ACCEPTED)
  Build discard(Caller caller, @PathVariable String collection, @PathVariable int build) {
    return audited(
        caller,
        "build.discarded",
        collection,
        () -> builds.discard(whole(caller), collection, build));
  }

  @PostMapping("/builds/{build}/activate")
  Build activate(
      Caller caller,
      @PathVariable String collection,
      @PathVariable int build,
      @RequestBody(required = false) @Nullable SwitchBody body) {
    return audited(
        caller,
        "build.activated",
        collection,
        () -> builds.activate(whole(caller), collection, build, acceptsFailures(body)));
  }

  @PostMapping("/rollback")
  Build rollback(
      Caller caller,
      @PathVariable String collection,
      @RequestBody(required = false) @Nullable SwitchBody body) {
    return audited(
        caller,
        "build.rolled_back",
        collection,
        () -> builds.rollback(whole(caller), collection, acceptsFailures(body)));
  }

  /// A build is of all documents of its collection, and for everybody who searches it.
  private static Access whole(Caller caller) {
    Access access = caller.access();
    if (!access.readsAll() || access.filter() != null) {
      throw Failure.of(
              403,
              "unrestricted_keys_only",
              "Builds need a key that reads all documents of the collection: it has 'reads_all',"
                  + " and no 'filter'.")
          .toException();
    }
    return access;
  }

  private static boolean acceptsFailures(@Nullable SwitchBody body) {
    return body != null && Boolean.TRUE.equals(body.acceptFailures());
  }

  private Build audited(Caller caller, String action, String collection, Supplier<Build> change) {
    return transactions.inTenant(
        caller.tenant(),
        () -> {
          Build changed = change.get();
          audit.add(
              caller,
              action,
              "build " + changed.id() + " of collection " + collection,
              detail(changed.configuration()));
          return changed;
        });
  }

  private static Map<String, Object> detail(Build.Configuration configuration) {
    Map<String, Object> detail = new LinkedHashMap<>();
    if (configuration.chunking() != null) {
      detail.put("chunking", configuration.chunking().strategy().id());
      detail.put("max_tokens", configuration.chunking().maxTokens());
    }
    detail.put("language", configuration.analysis().language().id());
    if (configuration.embeddingModel() != null) {
      detail.put("embedding_model", configuration.embeddingModel());
    }
    return detail;
  }
}
