package engram.api.evaluations;

import engram.api.admin.Audit;
import engram.api.error.Failure;
import engram.api.rest.Listing;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.db.Transactions;
import engram.eval.EvaluationRun;
import engram.eval.EvaluationRun.QueryResult;
import engram.eval.Evaluations;
import engram.eval.Report;
import engram.retrieval.Access;
import engram.retrieval.Page;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// Runs of judged sets. A run searches as the key that asks for it, also later, when it runs.
@RestController
@RequestMapping("/api/evaluations")
@Requires(Verb.READ)
class EvaluationsController {
  private static final String SECURITY_POLICY =
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
          + " frame-ancestors 'none'; sandbox";

  private final Evaluations evaluations;
  private final Audit audit;
  private final Transactions transactions;

  EvaluationsController(Evaluations evaluations, Audit audit, Transactions transactions) {
    this.evaluations = evaluations;
    this.audit = audit;
    this.transactions = transactions;
  }

  /// @param set a judged set's id
  /// @param configurations one, or two that are compared; one with the defaults unless said
  /// @param metrics `ndcg@k`, `recall@k`, `precision@k`, `mrr`, `mrr@k`, `map`, `map@k`,
  ///   `success@k`, `hit@k` or `all_found@k`, with k up to 1000; the usual eight unless said
  /// @param answers whether questions are answered too; needs the verb `chat`
  /// @param countMissing whether relevant documents that the caller does not find in the collection
  ///   count as not found
  /// @param seed of the resampling
  record RunBody(
      @Nullable String set,
      @Nullable String collection,
      @Nullable String name,
      @Nullable List<ConfigurationBody> configurations,
      @Nullable List<String> metrics,
      @Nullable Boolean answers,
      @Nullable Boolean countMissing,
      @Nullable Long seed) {}

  /// @param search the body of a collection's search, without query, offset and limit
  /// @param ask how questions are answered, with `answers`: fields of `POST /api/ask`, without the
  ///   question and what belongs to the search
  record ConfigurationBody(
      @Nullable String name, @Nullable JsonNode search, @Nullable JsonNode ask) {
    EvaluationRun.Configuration toConfiguration(int number) {
      return new EvaluationRun.Configuration(
          name == null ? "configuration " + number : name,
          search == null || search.isNull() ? JsonNodeFactory.instance.objectNode() : search,
          ask == null || ask.isNull() ? null : ask);
    }
  }

  record Deleted(String id, boolean deleted) {}

  /// @param next the `offset` of the next piece; null on the last
  record Results(List<QueryResult> items, boolean hasMore, @Nullable Integer next) {}

  @PostMapping
  @ResponseStatus(HttpStatus.ACCEPTED)
  EvaluationRun create(Caller caller, @RequestBody RunBody body) {
    boolean answers = Boolean.TRUE.equals(body.answers());
    if (answers && !caller.may(Verb.CHAT)) {
      throw Failure.of(403, "missing_verb", "Answers need a key with the verb 'chat'.")
          .toException();
    }
    List<EvaluationRun.Configuration> configurations = configurations(body.configurations());
    if (configurations.stream().anyMatch(one -> one.search().has("build"))
        && !caller.may(Verb.ADMIN)) {
      throw Failure.of(403, "missing_verb", "'build' needs a key with the verb 'admin'.")
          .toException();
    }
    EvaluationRun.Draft draft =
        new EvaluationRun.Draft(
            needed("set", body.set()),
            needed("collection", body.collection()),
            body.name(),
            configurations,
            body.metrics() == null ? List.of() : body.metrics(),
            answers,
            Boolean.TRUE.equals(body.countMissing()),
            Objects.requireNonNullElse(body.seed(), EvaluationRun.SEED_DEFAULT));
    return transactions.inTenant(
        caller.tenant(),
        () -> {
          EvaluationRun run = evaluations.createRun(caller.access(), draft);
          audited(caller, "evaluation.started", run.id(), Map.of("set", run.setId()));
          return run;
        });
  }

  private static String needed(String field, @Nullable String value) {
    if (value == null) {
      throw Failure.invalid(field, "'" + field + "' is missing.").toException();
    }
    return value;
  }

  private static List<EvaluationRun.Configuration> configurations(
      @Nullable List<ConfigurationBody> given) {
    List<ConfigurationBody> bodies =
        given == null ? List.of(new ConfigurationBody(null, null, null)) : given;
    List<EvaluationRun.Configuration> configurations = new java.util.ArrayList<>();
    for (ConfigurationBody body : bodies) {
      configurations.add(body.toConfiguration(configurations.size() + 1));
    }
    return configurations;
  }

  private void audited(Caller caller, String action, String id, Map<String, Object> detail) {
    audit.add(caller, action, "evaluation " + id, detail);
  }

  @GetMapping
  Listing<EvaluationRun> list(
      Access access,
      @RequestParam(required = false) @Nullable Integer limit,
      @RequestParam(required = false) @Nullable String after) {
    return Listing.of(evaluations.runs(access, Listing.cursor(limit, after)), EvaluationRun::id);
  }

  @GetMapping("/{id}")
  EvaluationRun get(Access access, @PathVariable String id) {
    return evaluations.run(access, id);
  }

  /// Those that lost most first, or with one configuration the worst.
  ///
  /// @param metric by which of the run's measures; `ndcg@10` unless said, or else its first
  /// @param query the id of one query
  @GetMapping("/{id}/queries")
  Results queries(
      Access access,
      @PathVariable String id,
      @RequestParam(required = false) @Nullable String metric,
      @RequestParam(required = false) @Nullable String query,
      @RequestParam(defaultValue = "0") int offset,
      @RequestParam(required = false) @Nullable Integer limit) {
    Page<QueryResult> page =
        evaluations.results(access, id, metric, query, offset, Listing.limit(limit));
    return new Results(
        page.items(), page.hasMore(), page.hasMore() ? offset + page.items().size() : null);
  }

  @GetMapping("/{id}/report.json")
  Report data(Access access, @PathVariable String id) {
    return new Report(evaluations.run(access, id), evaluations.allResults(access, id));
  }

  /// A page that needs nothing else, and may do nothing.
  @GetMapping(path = "/{id}/report", produces = MediaType.TEXT_HTML_VALUE)
  ResponseEntity<String> report(Access access, @PathVariable String id) {
    return ResponseEntity.ok()
        .header("Content-Security-Policy", SECURITY_POLICY)
        .header("X-Content-Type-Options", "nosniff")
        .contentType(new MediaType(MediaType.TEXT_HTML, java.nio.charset.StandardCharsets.UTF_8))
        .body(data(access, id).html());
  }

  @PostMapping("/{id}/cancel")
  EvaluationRun cancel(Caller caller, @PathVariable String id) {
    return transactions.inTenant(
        caller.tenant(),
        () -> {
          EvaluationRun run = evaluations.cancelRun(caller.access(), id);
          audited(caller, "evaluation.cancelled", id, Map.of());
          return run;
        });
  }

  @Requires(Verb.DELETE)
  @DeleteMapping("/{id}")
  Deleted delete(Caller caller, @PathVariable String id) {
    transactions.inTenant(
        caller.tenant(),
        () -> {
          evaluations.deleteRun(caller.access(), id);
          audited(caller, "evaluation.deleted", id, Map.of());
        });
    return new Deleted(id, true);
  }
}
