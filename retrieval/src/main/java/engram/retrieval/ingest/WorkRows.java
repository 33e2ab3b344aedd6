package engram.retrieval.ingest;

import engram.retrieval.Build;
import engram.retrieval.Build.Configuration;
import engram.retrieval.Build.Status;
import engram.retrieval.Chunking;
import engram.retrieval.ingest.Work.Target;
import engram.retrieval.library.BuildRows;
import engram.retrieval.library.ChunkingColumns;
import engram.retrieval.library.Store;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Documents and builds as they are now. All in the caller's transaction.
final class WorkRows {
  private static final String DOCUMENT =
      """
      d.id, d.tenant_id, d.collection_id, d.file_id, d.version as stored_version,
      d.chunk_strategy, d.max_chunk_tokens, d.chunk_overlap_tokens, d.chunk_window,
      d.chunk_stride, d.chunk_context, c.chunk_strategy as default_chunk_strategy,
      c.max_chunk_tokens as default_max_chunk_tokens,
      c.chunk_overlap_tokens as default_chunk_overlap_tokens,
      c.chunk_window as default_chunk_window, c.chunk_stride as default_chunk_stride,
      c.chunk_context as default_chunk_context
      """;

  private final Store store;
  private final BuildRows builds;

  WorkRows(Store store) {
    this.store = store;
    this.builds = new BuildRows(store);
  }

  /// The builds of its collection stay as they are until the transaction ends. Then the file, as
  /// all who change both do: PostgreSQL itself looks at the file again when a document is updated
  /// twice in one transaction, and would then wait for one who waits for us.
  void lock(long documentId) {
    for (String select :
        List.of(
            "select id from collections where id ="
                + " (select collection_id from documents where id = :id) for key share",
            "select id from files where id = (select file_id from documents where id = :id)"
                + " for key share",
            "select id::text from documents where id = :id for update")) {
      store.sql().sql(select).param("id", documentId).query(String.class).list();
    }
  }

  /// The present version of the file for all builds. Empty if the document is gone, or is not to be
  /// ingested.
  Optional<Work> toIngest(long documentId) {
    return read(
        documentId,
        "select f.filename, f.media_type, f.version, f.sha256, f.bytes, "
            + DOCUMENT
            + """
            from documents d join files f on f.id = d.file_id
              join collections c on c.id = d.collection_id
            where d.id = :id and d.status = 'in_progress'
            """,
        null);
  }

  /// The version that the document shows, for one build. Empty if the document is gone, or has
  /// never been ingested, or the build does not wait for it.
  Optional<Work> toBuild(long documentId, int build) {
    return read(
            documentId,
            """
            select coalesce(v.filename, f.filename) as filename,
              coalesce(v.media_type, f.media_type) as media_type, v.version, v.sha256, v.bytes,
            """
                + DOCUMENT
                + """
                from documents d join files f on f.id = d.file_id
                  join file_versions v on v.file_id = d.file_id and v.version = d.version
                  join collections c on c.id = d.collection_id
                where d.id = :id
                """,
            build)
        .filter(work -> work.targets().stream().anyMatch(Target::pending));
  }

  /// Writes down whether a build has a document.
  void note(Work work, Made made) {
    Target target = made.target();
    String collection = work.collectionId();
    switch (made) {
      case Made.Chunks _ -> {
        if (!BuildRows.isDone(target.build(), target.state())) {
          builds.done(collection, work.documentId(), target.build());
        }
      }
      case Made.Failed(Target _, String code, String message) ->
          builds.failed(
              collection, work.documentId(), target.build(), new Build.Reason(code, message));
      case Made.Later _ -> builds.pending(collection, work.documentId(), target.build());
    }
  }

  /// @param only null for all builds
  private Optional<Work> read(long documentId, String sql, @Nullable Integer only) {
    return store
        .sql()
        .sql(sql)
        .param("id", documentId)
        .query(
            (row, index) -> new Document(work(row), chunking(row, ""), chunking(row, "default_")))
        .optional()
        .map(document -> {
          Work work = document.work();
          return with(
              work,
              targets(document).stream()
                  .filter(target -> only == null || target.build() == only)
                  .toList());
        });
  }

  private record Document(Work work, @Nullable Chunking own, @Nullable Chunking collections) {}

  private static Work work(ResultSet row) throws SQLException {
    return new Work(
        row.getObject("tenant_id", UUID.class),
        row.getLong("id"),
        row.getString("collection_id"),
        row.getString("file_id"),
        row.getString("filename"),
        row.getString("media_type"),
        row.getInt("version"),
        row.getInt("stored_version"),
        row.getString("sha256"),
        row.getLong("bytes"),
        List.of());
  }

  private static @Nullable Chunking chunking(ResultSet row, String prefix) throws SQLException {
    return ChunkingColumns.read(row, prefix).chunking();
  }

  private static Work with(Work work, List<Target> targets) {
    return new Work(
        work.tenant(),
        work.documentId(),
        work.collectionId(),
        work.fileId(),
        work.filename(),
        work.declaredType(),
        work.version(),
        work.storedVersion(),
        work.sha256(),
        work.bytes(),
        targets);
  }

  private List<Target> targets(Document document) {
    List<BuildRows.Row> rows = builds.of(document.work().collectionId());
    if (rows.isEmpty()) {
      return List.of(
          new Target(0, true, chunking(document.own(), document.collections()), null, null));
    }
    Map<Integer, String> states = states(document.work().documentId());
    List<Target> targets = new ArrayList<>();
    for (BuildRows.Row row : rows) {
      if (row.status() != Status.CANCELLED) {
        Configuration configuration = row.configuration();
        targets.add(
            new Target(
                row.build(),
                row.status() == Status.SERVING,
                chunking(document.own(), configuration.chunking()),
                configuration.embeddingModel(),
                states.get(row.build())));
      }
    }
    return targets;
  }

  private static Chunking chunking(@Nullable Chunking own, @Nullable Chunking otherwise) {
    return own != null ? own : otherwise != null ? otherwise : Chunking.AUTO;
  }

  private Map<Integer, String> states(long documentId) {
    Map<Integer, String> states = new HashMap<>();
    store
        .sql()
        .sql("select build, state from build_documents where document_id = :id")
        .param("id", documentId)
        .query(row -> {
          states.put(row.getInt(1), row.getString(2));
        });
    return states;
  }
}
