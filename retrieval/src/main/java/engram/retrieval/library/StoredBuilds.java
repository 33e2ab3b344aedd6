package engram.retrieval.library;

import static engram.retrieval.RefusedException.Reason.CONFLICT;
import static engram.retrieval.RefusedException.Reason.INVALID;

import engram.db.JobLedger;
import engram.retrieval.Access;
import engram.retrieval.Analysis;
import engram.retrieval.Build;
import engram.retrieval.Build.Configuration;
import engram.retrieval.Build.Progress;
import engram.retrieval.Build.Status;
import engram.retrieval.Builds;
import engram.retrieval.EmbeddingModels;
import engram.retrieval.Indexing;
import engram.retrieval.NotFoundException;
import engram.retrieval.RefusedException;
import engram.retrieval.library.BuildRows.Row;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Builds as rows. Every change holds the collection's row, as does (shared) whoever stores a
/// document of the collection: so each document is stored for exactly the builds that there are.
public final class StoredBuilds implements Builds {
  private static final int FAILURES_SHOWN = 100;

  private final Store store;
  private final BuildRows rows;
  private final BuildJobs jobs;
  private final Indexing indexing;
  private final Set<String> models;

  /// @param models the further embedding models
  public StoredBuilds(Store store, JobLedger ledger, Indexing indexing, Set<String> models) {
    this.store = store;
    this.rows = new BuildRows(store);
    this.jobs = new BuildJobs(store, ledger);
    this.indexing = indexing;
    this.models = new TreeSet<>(models);
  }

  @Override
  public Build start(Access access, String collectionId, Build.Draft draft) {
    checkModel(draft.embeddingModel());
    return change(
        access,
        collectionId,
        () -> {
          List<Row> all = rows.of(collectionId);
          if (all.isEmpty()) {
            Row first = first(collectionId);
            rows.insert(collectionId, first);
            all = List.of(first);
          }
          all.stream()
              .filter(row -> isCandidate(row.status()))
              .findFirst()
              .ifPresent(candidate -> {
                throw new RefusedException(
                    CONFLICT,
                    "candidate_exists",
                    "Build "
                        + candidate.build()
                        + " of the collection is "
                        + BuildRows.text(candidate.status())
                        + ": activate or discard it first.");
              });
          Row row =
              new Row(
                  nextNumber(collectionId),
                  Status.BUILDING,
                  configuration(draft, serving(all).configuration()),
                  0,
                  null,
                  access.actor(),
                  store.now(),
                  null,
                  null,
                  null);
          rows.insert(collectionId, row);
          jobs.enqueue(collectionId, row.build());
          return row.build();
        });
  }

  private void checkModel(@Nullable String name) {
    if (name != null && !name.equals(EmbeddingModels.DEFAULT) && !models.contains(name)) {
      throw new RefusedException(
          INVALID,
          "unknown_embedding_model",
          "No embedding model of that name is configured; there are '"
              + EmbeddingModels.DEFAULT
              + "'"
              + (models.isEmpty() ? "" : " and '" + String.join("', '", models) + "'")
              + " (settings engram.embedding.models.*).");
    }
  }

  private static boolean isCandidate(Status status) {
    return switch (status) {
      case BUILDING, READY, FAILED -> true;
      case SERVING, RETIRED, CANCELLED -> false;
    };
  }

  /// Build 0 of a collection that never had another.
  private Row first(String collectionId) {
    CollectionEntity collection = store.entities().find(CollectionEntity.class, collectionId);
    store.entities().refresh(collection);
    return new Row(
        0,
        Status.SERVING,
        new Configuration(collection.chunking(), Analysis.AUTO, null),
        0,
        null,
        collection.createdBy,
        collection.createdAt,
        collection.createdAt,
        collection.createdAt,
        null);
  }

  private static Row serving(List<Row> all) {
    return all.stream()
        .filter(row -> row.status() == Status.SERVING)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no build serves"));
  }

  private static Configuration configuration(Build.Draft draft, Configuration serving) {
    String model = draft.embeddingModel();
    return new Configuration(
        draft.chunking() == null ? serving.chunking() : draft.chunking(),
        Objects.requireNonNullElse(draft.analysis(), serving.analysis()),
        model == null
            ? serving.embeddingModel()
            : model.equals(EmbeddingModels.DEFAULT) ? null : model);
  }

  private int nextNumber(String collectionId) {
    return store
        .sql()
        .sql(
            "update collections set builds_made = builds_made + 1 where id = :id"
                + " returning builds_made")
        .param("id", collectionId)
        .query(Integer.class)
        .single();
  }

  @Override
  public List<Build> list(Access access, String collectionId) {
    return read(
        access,
        collectionId,
        () -> all(collectionId).stream().map(row -> shown(access, collectionId, row)).toList());
  }

  @Override
  public Build get(Access access, String collectionId, int build) {
    return read(
        access, collectionId, () -> shown(access, collectionId, existing(collectionId, build)));
  }

  private List<Row> all(String collectionId) {
    List<Row> all = rows.of(collectionId);
    return all.isEmpty() ? List.of(first(collectionId)) : all;
  }

  private Row existing(String collectionId, int build) {
    return all(collectionId).stream()
        .filter(row -> row.build() == build)
        .findFirst()
        .orElseThrow(() -> new NotFoundException("build", Integer.toString(build)));
  }

  @Override
  public Build activate(Access access, String collectionId, int build, boolean acceptFailures) {
    return change(
        access,
        collectionId,
        () -> activate(collectionId, existing(collectionId, build), acceptFailures));
  }

  @Override
  public Build rollback(Access access, String collectionId, boolean acceptFailures) {
    return change(
        access,
        collectionId,
        () -> {
          Optional<Row> last =
              rows.of(collectionId).stream()
                  .filter(row -> row.status() == Status.RETIRED && row.retiredAt() != null)
                  .max(Comparator.comparing(Row::retiredAt));
          return activate(
              collectionId,
              last.orElseThrow(() ->
                  new RefusedException(
                      CONFLICT, "no_retired_build", "There is no build to go back to.")),
              acceptFailures);
        });
  }

  private int activate(String collectionId, Row row, boolean acceptFailures) {
    switch (shownStatus(row)) {
      case SERVING -> {
        return row.build();
      }
      case READY, RETIRED -> {}
      case BUILDING, FAILED, CANCELLED ->
          throw new RefusedException(
              CONFLICT,
              "build_not_ready",
              "Build "
                  + row.build()
                  + " is "
                  + BuildRows.text(shownStatus(row))
                  + "; one that is ready or retired can be activated.");
    }
    Progress progress = rows.progress(collectionId, row.build());
    if (progress.missing() > 0 && !acceptFailures) {
      throw new RefusedException(
          CONFLICT,
          "build_has_failures",
          "Build "
              + row.build()
              + " lacks "
              + progress.missing()
              + " of "
              + progress.documentsTotal()
              + " documents: say accept_failures to let it serve without them.");
    }
    Row serving = serving(rows.of(collectionId));
    rows.status(collectionId, serving.build(), Status.RETIRED);
    rows.status(collectionId, row.build(), Status.SERVING);
    rows.keepCalibration(collectionId, serving.build());
    ChunkingColumns chunking = ChunkingColumns.of(row.configuration().chunking());
    store
        .sql()
        .sql(
            """
            update collections set serving_build = :build, previous_build = :previous,
              chunk_strategy = :strategy::text, max_chunk_tokens = :maxTokens::int,
              chunk_overlap_tokens = :overlapTokens::int, chunk_window = :window::int,
              chunk_stride = :stride::int, chunk_context = :context::text,
              calibration = (select b.calibration from collection_builds b
                where b.collection_id = collections.id and b.build = :build)
            where id = :id
            """)
        .param("build", row.build())
        .param("previous", serving.build())
        .param("strategy", chunking.strategy())
        .param("maxTokens", chunking.maxTokens())
        .param("overlapTokens", chunking.overlapTokens())
        .param("window", chunking.window())
        .param("stride", chunking.stride())
        .param("context", chunking.context())
        .param("id", collectionId)
        .update();
    return row.build();
  }

  @Override
  public Build discard(Access access, String collectionId, int build) {
    return change(
        access,
        collectionId,
        () -> {
          Row row = existing(collectionId, build);
          if (row.status() == Status.SERVING) {
            throw new RefusedException(
                CONFLICT,
                "build_serves",
                "Build " + build + " serves: activate another one first.");
          }
          rows.cancel(collectionId, build);
          jobs.enqueue(collectionId, build);
          return build;
        });
  }

  private <T> T read(Access access, String collectionId, Supplier<T> read) {
    return store
        .transactions()
        .readInTenant(
            access.tenant(),
            () -> {
              Permissions.checkUsable(access, collectionId);
              if (store.entities().find(CollectionEntity.class, collectionId) == null) {
                throw new NotFoundException("collection", collectionId);
              }
              return read.get();
            });
  }

  /// @param change gives the number of the build that is to be shown
  private Build change(Access access, String collectionId, Supplier<Integer> change) {
    return store
        .transactions()
        .inTenant(
            access.tenant(),
            () -> {
              Permissions.checkUsable(access, collectionId);
              if (!rows.lockCollection(collectionId)) {
                throw new NotFoundException("collection", collectionId);
              }
              int build = change.get();
              return shown(access, collectionId, existing(collectionId, build));
            });
  }

  private Build shown(Access access, String collectionId, Row row) {
    return new Build(
        row.build(),
        shownStatus(row),
        row.configuration(),
        rows.progress(collectionId, row.build()),
        failures(access, collectionId, row.build()),
        row.error(),
        row.createdBy(),
        row.createdAt(),
        row.readyAt(),
        row.activatedAt(),
        row.retiredAt());
  }

  /// It is ready when this process's index has all of it.
  private Status shownStatus(Row row) {
    return row.status() == Status.READY && indexing.appliedSeq() < row.indexSeq()
        ? Status.BUILDING
        : row.status();
  }

  private List<Build.Failure> failures(Access access, String collectionId, int build) {
    return Permissions.bind(
            store
                .sql()
                .sql(
                    """
                    select d.file_id, f.filename, r.error_code, r.error_message, d.attributes
                    from build_documents r join documents d on d.id = r.document_id
                      join files f on f.id = d.file_id
                    where r.collection_id = :collection and r.build = :build and r.state = 'failed'
                    """
                        + Permissions.MAY_BE_READABLE
                        + " order by r.document_id limit :limit"),
            access)
        .param("collection", collectionId)
        .param("build", build)
        .param("limit", FAILURES_SHOWN)
        .query((row, index) ->
            access.filter() == null
                    || access.filter().matches(Permissions.attributes(row.getString("attributes")))
                ? Optional.of(
                    new Build.Failure(
                        row.getString("file_id"),
                        row.getString("filename"),
                        Objects.requireNonNullElse(row.getString("error_code"), ""),
                        Objects.requireNonNullElse(row.getString("error_message"), "")))
                : Optional.<Build.Failure>empty())
        .list()
        .stream()
        .flatMap(Optional::stream)
        .toList();
  }
}
