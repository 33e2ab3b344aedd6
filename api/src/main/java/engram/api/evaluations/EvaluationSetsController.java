package engram.api.evaluations;

import engram.api.admin.Audit;
import engram.api.error.Failure;
import engram.api.rest.Listing;
import engram.api.security.Caller;
import engram.api.security.Requires;
import engram.api.security.Verb;
import engram.db.Transactions;
import engram.eval.Dataset;
import engram.eval.Evaluations;
import engram.eval.JudgedQuery;
import engram.eval.JudgedSet;
import engram.eval.ReadLimits;
import engram.retrieval.Access;
import engram.retrieval.Page;
import engram.retrieval.RefusedException;
import jakarta.servlet.http.Part;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.util.FileSystemUtils;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RequestPart;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/// Queries whose right results are known.
@RestController
@RequestMapping("/api/evaluations/sets")
@Requires(Verb.READ)
class EvaluationSetsController {
  private static final String SPLIT_DEFAULT = "test";

  private final Evaluations evaluations;
  private final ReadLimits limits;
  private final Audit audit;
  private final Transactions transactions;

  EvaluationSetsController(
      Evaluations evaluations, ReadLimits limits, Audit audit, Transactions transactions) {
    this.evaluations = evaluations;
    this.limits = limits;
    this.audit = audit;
    this.transactions = transactions;
  }

  /// @param documentsBy what names documents: `key` (default), `file_id`, `filename`, `attribute`
  record SetBody(
      @Nullable String name,
      JudgedSet.@Nullable DocumentsBy documentsBy,
      @Nullable String attribute,
      @Nullable List<QueryBody> queries) {}

  /// @param relevant grade by document; relevant from 1 on
  /// @param answers texts of which each would answer it
  record QueryBody(
      @Nullable String id,
      @Nullable String text,
      @Nullable Map<String, Integer> relevant,
      @Nullable List<String> answers) {
    JudgedQuery toQuery(int index) {
      return new JudgedQuery(
          id == null ? "q" + (index + 1) : id,
          text == null ? "" : text,
          relevant == null ? Map.of() : relevant,
          answers == null ? List.of() : answers);
    }
  }

  record Deleted(String id, boolean deleted) {}

  /// @param next the `offset` of the next piece; null on the last
  record Queries(List<JudgedQuery> items, boolean hasMore, @Nullable Integer next) {}

  @Requires(Verb.WRITE)
  @PostMapping
  @ResponseStatus(HttpStatus.CREATED)
  JudgedSet create(Caller caller, @RequestBody SetBody body) {
    List<QueryBody> queries = body.queries() == null ? List.of() : body.queries();
    List<JudgedQuery> judged = new java.util.ArrayList<>();
    for (QueryBody query : queries) {
      judged.add(query.toQuery(judged.size()));
    }
    return create(
        caller,
        new JudgedSet.Draft(named(body.name()), by(body.documentsBy()), body.attribute(), judged));
  }

  /// A set as it is published: a zip archive in BEIR or TREC form, or one file of CSV.
  ///
  /// @param split which part of a BEIR archive, `test` unless said
  @Requires(Verb.WRITE)
  @PostMapping(path = "/upload", consumes = MediaType.MULTIPART_FORM_DATA_VALUE)
  @ResponseStatus(HttpStatus.CREATED)
  JudgedSet upload(
      Caller caller,
      @RequestPart("file") Part file,
      @RequestParam(required = false) @Nullable String name,
      @RequestParam(name = "documents_by", required = false) @Nullable String documentsBy,
      @RequestParam(required = false) @Nullable String attribute,
      @RequestParam(required = false) @Nullable String split)
      throws IOException {
    String wanted = named(name);
    JudgedSet.DocumentsBy by = documentsBy(documentsBy);
    if (file.getSize() > limits.bytesMax()) {
      throw new RefusedException(
          RefusedException.Reason.TOO_LARGE,
          "judged_set_too_large",
          "The file is larger than " + limits.bytesMax() + " bytes.");
    }
    List<JudgedQuery> queries = read(file, Objects.requireNonNullElse(split, SPLIT_DEFAULT));
    return create(caller, new JudgedSet.Draft(wanted, by, attribute, queries));
  }

  private JudgedSet create(Caller caller, JudgedSet.Draft draft) {
    return transactions.inTenant(
        caller.tenant(),
        () -> {
          JudgedSet set = evaluations.createSet(caller.access(), draft);
          audit.add(
              caller,
              "judged_set.created",
              "judged set " + set.id(),
              Map.of("queries", set.queryCount()));
          return set;
        });
  }

  /// Its name says whether it is a table, and nothing else.
  private List<JudgedQuery> read(Part file, String split) throws IOException {
    String given = Objects.requireNonNullElse(file.getSubmittedFileName(), "");
    String lower = given.toLowerCase(Locale.ROOT);
    boolean table = lower.endsWith(".csv") || lower.endsWith(".csv.gz");
    Path folder = Files.createTempDirectory("engram-judged");
    try {
      Path copy = folder.resolve(table ? "set.csv" : "set.zip");
      try (InputStream in = file.getInputStream();
          OutputStream out = Files.newOutputStream(copy)) {
        in.transferTo(out);
      }
      try (Dataset dataset = Dataset.open(copy, limits)) {
        return dataset.queries(split);
      }
    } finally {
      FileSystemUtils.deleteRecursively(folder);
    }
  }

  private static String named(@Nullable String name) {
    if (name == null) {
      throw Failure.invalid("name", "'name' is missing.").toException();
    }
    return name;
  }

  private static JudgedSet.DocumentsBy by(JudgedSet.@Nullable DocumentsBy given) {
    return given == null ? JudgedSet.DocumentsBy.KEY : given;
  }

  private static JudgedSet.DocumentsBy documentsBy(@Nullable String given) {
    try {
      return given == null ? JudgedSet.DocumentsBy.KEY : JudgedSet.DocumentsBy.of(given);
    } catch (IllegalArgumentException e) {
      throw Failure.invalid(
              "documents_by", "'documents_by' is one of key, file_id, filename, attribute.")
          .toException();
    }
  }

  @GetMapping
  Listing<JudgedSet> list(
      Access access,
      @RequestParam(required = false) @Nullable Integer limit,
      @RequestParam(required = false) @Nullable String after) {
    return Listing.of(evaluations.sets(access, Listing.cursor(limit, after)), JudgedSet::id);
  }

  @GetMapping("/{id}")
  JudgedSet get(Access access, @PathVariable String id) {
    return evaluations.set(access, id);
  }

  @GetMapping("/{id}/queries")
  Queries queries(
      Access access,
      @PathVariable String id,
      @RequestParam(defaultValue = "0") int offset,
      @RequestParam(required = false) @Nullable Integer limit) {
    Page<JudgedQuery> page = evaluations.queries(access, id, offset, Listing.limit(limit));
    return new Queries(
        page.items(), page.hasMore(), page.hasMore() ? offset + page.items().size() : null);
  }

  /// Its runs go with it.
  @Requires(Verb.DELETE)
  @DeleteMapping("/{id}")
  Deleted delete(Caller caller, @PathVariable String id) {
    transactions.inTenant(
        caller.tenant(),
        () -> {
          evaluations.deleteSet(caller.access(), id);
          audit.add(caller, "judged_set.deleted", "judged set " + id, Map.of());
        });
    return new Deleted(id, true);
  }
}
