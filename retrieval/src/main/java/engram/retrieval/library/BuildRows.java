package engram.retrieval.library;

import engram.retrieval.Build;
import engram.retrieval.Build.Configuration;
import engram.retrieval.Build.Progress;
import engram.retrieval.Build.Status;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Rows of `collection_builds` and `build_documents`. All in the caller's transaction.
///
/// A build has a document when the document's row says `done`. Without a row build 0 has it, for
/// the collection began with that, and every other build waits for it.
public final class BuildRows {
  private static final JsonMapper JSON = JsonMapper.shared();

  /// Whether a build waits for a document `d`, with the parameters `:collection` and `:build`.
  private static final String PENDING =
      """
      d.collection_id = :collection and d.version > 0
      and coalesce((select r.state from build_documents r
          where r.document_id = d.id and r.build = :build),
        case when :build = 0 then 'done' else 'pending' end) = 'pending'
      """;

  private final Store store;

  public BuildRows(Store store) {
    this.store = store;
  }

  /// @param indexSeq the change that made it whole in the index
  public record Row(
      int build,
      Status status,
      Configuration configuration,
      long indexSeq,
      Build.@Nullable Reason error,
      String createdBy,
      Instant createdAt,
      @Nullable Instant readyAt,
      @Nullable Instant activatedAt,
      @Nullable Instant retiredAt) {}

  /// Remembers with a build that is about to retire how it was ranked.
  void keepCalibration(String collectionId, int build) {
    store
        .sql()
        .sql(
            """
            update collection_builds b set calibration = c.calibration from collections c
            where c.id = b.collection_id and b.collection_id = :collection and b.build = :build
            """)
        .param("collection", collectionId)
        .param("build", build)
        .update();
  }

  public static boolean isPending(int build, @Nullable String state) {
    return state == null ? build != 0 : state.equals("pending");
  }

  public static boolean isDone(int build, @Nullable String state) {
    return state == null ? build == 0 : state.equals("done");
  }

  /// Newest first. None: the collection has build 0, as it says itself.
  public List<Row> of(String collectionId) {
    return store
        .sql()
        .sql("select * from collection_builds where collection_id = :id order by build desc")
        .param("id", collectionId)
        .query(BuildRows::row)
        .list();
  }

  public Optional<Row> find(String collectionId, int build) {
    return of(collectionId).stream().filter(row -> row.build() == build).findFirst();
  }

  private static Row row(ResultSet row, int index) throws SQLException {
    String code = row.getString("error_code");
    String message = row.getString("error_message");
    return new Row(
        row.getInt("build"),
        Status.valueOf(row.getString("status").toUpperCase(java.util.Locale.ROOT)),
        JSON.readValue(row.getString("configuration"), Configuration.class),
        row.getLong("index_seq"),
        code == null ? null : new Build.Reason(code, message == null ? "" : message),
        row.getString("created_by"),
        row.getTimestamp("created_at").toInstant(),
        instant(row, "ready_at"),
        instant(row, "activated_at"),
        instant(row, "retired_at"));
  }

  private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    Timestamp at = row.getTimestamp(column);
    return at == null ? null : at.toInstant();
  }

  void insert(String collectionId, Row row) {
    store
        .sql()
        .sql(
            """
            insert into collection_builds (tenant_id, collection_id, build, status, configuration,
              created_by, created_at, activated_at)
            values (engram_tenant(), :collection, :build, :status, :configuration::jsonb, :by, :at,
              case when :status = 'serving' then :at::timestamptz end)
            """)
        .param("collection", collectionId)
        .param("build", row.build())
        .param("status", text(row.status()))
        .param("configuration", JSON.writeValueAsString(row.configuration()))
        .param("by", row.createdBy())
        .param("at", Timestamp.from(row.createdAt()))
        .update();
  }

  static String text(Status status) {
    return status.name().toLowerCase(java.util.Locale.ROOT);
  }

  /// Locks the collection, so that no document of it is stored and no build changes meanwhile.
  ///
  /// @return whether it is there
  public boolean lockCollection(String collectionId) {
    return store
        .sql()
        .sql("select id from collections where id = :id for update")
        .param("id", collectionId)
        .query(String.class)
        .optional()
        .isPresent();
  }

  void status(String collectionId, int build, Status status) {
    store
        .sql()
        .sql(
            """
            update collection_builds set status = :status, error_code = null, error_message = null,
              activated_at = case when :status = 'serving' then :now else activated_at end,
              retired_at = case when :status = 'retired' then :now
                when :status = 'serving' then null else retired_at end
            where collection_id = :collection and build = :build
            """)
        .param("status", text(status))
        .param("now", Timestamp.from(store.now()))
        .param("collection", collectionId)
        .param("build", build)
        .update();
  }

  /// A candidate that was given up is wanted again.
  public void resume(String collectionId, int build) {
    status(collectionId, build, Status.BUILDING);
  }

  public void fail(String collectionId, int build, String code, String message) {
    store
        .sql()
        .sql(
            "update collection_builds set status = 'failed', error_code = :code,"
                + " error_message = :message where collection_id = :collection and build = :build"
                + " and status = 'building'")
        .param("code", code)
        .param("message", message.replace('\0', ' '))
        .param("collection", collectionId)
        .param("build", build)
        .update();
  }

  /// Whole: what the index has applied up to now, and one that follows it there, has all of it.
  public void ready(String collectionId, int build) {
    store
        .sql()
        .sql(
            """
            update collection_builds set status = 'ready', ready_at = :now,
              index_seq = (select seq from index_head)
            where collection_id = :collection and build = :build and status = 'building'
            """)
        .param("now", Timestamp.from(store.now()))
        .param("collection", collectionId)
        .param("build", build)
        .update();
  }

  /// Searches, documents and the way back no longer know it.
  void cancel(String collectionId, int build) {
    status(collectionId, build, Status.CANCELLED);
    store
        .sql()
        .sql(
            "update collections set previous_build = null"
                + " where id = :id and previous_build = :build")
        .param("id", collectionId)
        .param("build", build)
        .update();
  }

  public void remove(String collectionId, int build) {
    store
        .sql()
        .sql("delete from collection_builds where collection_id = :collection and build = :build")
        .param("collection", collectionId)
        .param("build", build)
        .update();
  }

  /// Documents that the build waits for, by id.
  public List<Long> pending(String collectionId, int build, long after, int limit) {
    return store
        .sql()
        .sql(
            "select d.id from documents d where d.id > :after and "
                + PENDING
                + " order by d.id limit :limit")
        .param("after", after)
        .param("collection", collectionId)
        .param("build", build)
        .param("limit", limit)
        .query(Long.class)
        .list();
  }

  /// Documents that have chunks or contexts in the build, by id.
  public List<Long> holding(String collectionId, int build, long after, int limit) {
    return store
        .sql()
        .sql(
            """
            select d.id from documents d where d.collection_id = :collection and d.id > :after
              and (exists (select from chunks c where c.document_id = d.id and c.build = :build)
                or exists (select from chunk_contexts x
                  where x.document_id = d.id and x.build = :build))
            order by d.id limit :limit
            """)
        .param("collection", collectionId)
        .param("after", after)
        .param("build", build)
        .param("limit", limit)
        .query(Long.class)
        .list();
  }

  public Progress progress(String collectionId, int build) {
    return store
        .sql()
        .sql(
            """
            select count(*) as documents,
              count(*) filter (where coalesce(r.state,
                case when :build = 0 then 'done' else 'pending' end) = 'done') as done,
              count(*) filter (where r.state = 'failed') as failed
            from documents d
              left join build_documents r on r.document_id = d.id and r.build = :build
            where d.collection_id = :collection and d.version > 0
            """)
        .param("collection", collectionId)
        .param("build", build)
        .query((row, index) ->
            new Progress(row.getLong("done"), row.getLong("failed"), row.getLong("documents")))
        .single();
  }

  /// The build has the document.
  public void done(String collectionId, long documentId, int build) {
    if (build == 0) {
      store
          .sql()
          .sql("delete from build_documents where document_id = :document and build = 0")
          .param("document", documentId)
          .update();
    } else {
      set(collectionId, documentId, build, "done", null);
    }
  }

  public void pending(String collectionId, long documentId, int build) {
    set(collectionId, documentId, build, "pending", null);
  }

  public void failed(String collectionId, long documentId, int build, Build.Reason reason) {
    set(collectionId, documentId, build, "failed", reason);
  }

  private void set(
      String collectionId,
      long documentId,
      int build,
      String state,
      Build.@Nullable Reason reason) {
    store
        .sql()
        .sql(
            """
            insert into build_documents (tenant_id, collection_id, build, document_id, state,
              error_code, error_message)
            values (engram_tenant(), :collection, :build, :document, :state, :code::text,
              :message::text)
            on conflict (document_id, build) do update set state = excluded.state,
              error_code = excluded.error_code, error_message = excluded.error_message
            """)
        .param("collection", collectionId)
        .param("build", build)
        .param("document", documentId)
        .param("state", state)
        .param("code", reason == null ? null : reason.code())
        .param("message", reason == null ? null : reason.message().replace('\0', ' '))
        .update();
  }
}
