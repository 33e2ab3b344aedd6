package engram.retrieval.index;

import engram.db.TestDatabase;
import engram.db.Transactions;
import engram.retrieval.Access;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.GeneratedKeyHolder;
import tools.jackson.databind.json.JsonMapper;

/// Writes collections, documents and chunks as ingestion does: rows and outbox in one transaction.
public final class LibraryRows implements AutoCloseable {
  private static final AtomicInteger NAMES = new AtomicInteger();

  public final TestDatabase database = TestDatabase.fresh();
  public final UUID tenant = newTenant();
  public final String collection = newCollection(tenant);
  private final JdbcTemplate jdbc = new JdbcTemplate(database.dataSource());

  public Transactions transactions() {
    return database.transactions();
  }

  public DataSource dataSource() {
    return database.dataSource();
  }

  public Access everything() {
    return Access.all(tenant, "system");
  }

  public UUID newTenant() {
    return database.tenant("tenant " + NAMES.incrementAndGet());
  }

  public String newCollection(UUID of) {
    String id = "vs_" + NAMES.incrementAndGet();
    transactions()
        .inTenant(
            of,
            () -> {
              new JdbcTemplate(dataSource())
                  .update(
                      "insert into collections (id, tenant_id, name, created_by) values (?, ?, ?, 'test')",
                      id,
                      of,
                      id);
            });
    return id;
  }

  public void calibrate(String collection, String json) {
    transactions()
        .inTenant(
            tenant,
            () -> {
              jdbc.update(
                  "update collections set calibration = ?::jsonb where id = ?", json, collection);
            });
  }

  /// Sets the context of a document's chunks, before the index takes them up.
  public void context(long documentId, String context) {
    transactions()
        .inTenant(
            tenant,
            () -> {
              jdbc.update(
                  "update chunks set context = ? where document_id = ?", context, documentId);
            });
  }

  /// Sets what a document is in, before the index takes it up.
  public void language(long documentId, String language) {
    transactions()
        .inTenant(
            tenant,
            () -> {
              jdbc.update("update documents set language = ? where id = ?", language, documentId);
            });
  }

  /// A document as it is to be written.
  public record Draft(
      UUID tenant,
      String collection,
      String filename,
      String title,
      List<String> headings,
      Map<String, Object> attributes,
      Set<String> readers,
      List<String> chunks,
      String embeddingModel,
      List<float[]> embeddings) {
    public Draft readers(String... readers) {
      return new Draft(
          tenant,
          collection,
          filename,
          title,
          headings,
          attributes,
          Set.of(readers),
          chunks,
          embeddingModel,
          embeddings);
    }

    public Draft attributes(Map<String, Object> attributes) {
      return new Draft(
          tenant,
          collection,
          filename,
          title,
          headings,
          attributes,
          readers,
          chunks,
          embeddingModel,
          embeddings);
    }

    public Draft in(UUID tenant, String collection) {
      return new Draft(
          tenant,
          collection,
          filename,
          title,
          headings,
          attributes,
          readers,
          chunks,
          embeddingModel,
          embeddings);
    }

    public Draft titled(String title, String... headings) {
      return new Draft(
          tenant,
          collection,
          filename,
          title,
          List.of(headings),
          attributes,
          readers,
          chunks,
          embeddingModel,
          embeddings);
    }

    public Draft embedded(String model, List<float[]> vectors) {
      return new Draft(
          tenant,
          collection,
          filename,
          title,
          headings,
          attributes,
          readers,
          chunks,
          model,
          vectors);
    }
  }

  public Draft draft(String... chunks) {
    return new Draft(
        tenant,
        collection,
        "file.txt",
        null,
        List.of(),
        Map.of(),
        Set.of(),
        List.of(chunks),
        null,
        List.of());
  }

  public long add(String... chunks) {
    return add(draft(chunks));
  }

  /// @return the document's id
  public long add(Draft draft) {
    return transactions()
        .inTenant(
            draft.tenant(),
            () -> {
              String fileId = "file-" + NAMES.incrementAndGet();
              jdbc.update(
                  """
                  insert into files (id, tenant_id, filename, purpose, version, sha256, bytes, created_by)
                  values (?, ?, ?, 'assistants', 1, 'x', 1, 'test')
                  """,
                  fileId,
                  draft.tenant(),
                  draft.filename());
              long id = insertDocument(draft, fileId);
              announce(draft.tenant(), id, false, insertChunks(draft, id, 0), List.of());
              return id;
            });
  }

  private long insertDocument(Draft draft, String fileId) {
    var key = new GeneratedKeyHolder();
    jdbc.update(
        connection -> {
          var insert =
              connection.prepareStatement(
                  """
                  insert into documents (tenant_id, collection_id, file_id, version, status, attributes,
                    readers, title, created_by)
                  values (?, ?, ?, 1, 'completed', ?::jsonb, ?, ?, 'test') returning id
                  """,
                  new String[] {"id"});
          insert.setObject(1, draft.tenant());
          insert.setString(2, draft.collection());
          insert.setString(3, fileId);
          insert.setString(4, JsonMapper.shared().writeValueAsString(draft.attributes()));
          insert.setArray(5, connection.createArrayOf("text", draft.readers().toArray()));
          insert.setString(6, draft.title());
          return insert;
        },
        key);
    return key.getKey().longValue();
  }

  private List<Long> insertChunks(Draft draft, long documentId, int firstOrdinal) {
    List<Long> ids = new ArrayList<>();
    int at = 0;
    for (int i = 0; i < draft.chunks().size(); i++) {
      String text = draft.chunks().get(i);
      float[] vector = draft.embeddings().isEmpty() ? null : draft.embeddings().get(i);
      int start = at;
      int ordinal = firstOrdinal + i;
      var key = new GeneratedKeyHolder();
      jdbc.update(
          connection -> {
            var insert =
                connection.prepareStatement(
                    """
                    insert into chunks (tenant_id, collection_id, document_id, content_hash, ordinal,
                      span_start, span_end, page_from, page_to, heading_path, tokens, text,
                      embedding_model, embedding)
                    values (?, ?, ?, ?, ?, ?, ?, 0, 0, ?, 1, ?, ?, ?)
                    """,
                    new String[] {"id"});
            insert.setObject(1, draft.tenant());
            insert.setString(2, draft.collection());
            insert.setLong(3, documentId);
            insert.setBytes(4, text.getBytes(StandardCharsets.UTF_8));
            insert.setInt(5, ordinal);
            insert.setInt(6, start);
            insert.setInt(7, start + text.length());
            insert.setArray(8, connection.createArrayOf("text", draft.headings().toArray()));
            insert.setString(9, text);
            insert.setString(10, vector == null ? null : draft.embeddingModel());
            insert.setArray(
                11, vector == null ? null : connection.createArrayOf("real", boxed(vector)));
            return insert;
          },
          key);
      ids.add(key.getKey().longValue());
      at += text.length();
    }
    return ids;
  }

  private static Object[] boxed(float[] vector) {
    Object[] boxed = new Object[vector.length];
    for (int i = 0; i < boxed.length; i++) {
      boxed[i] = vector[i];
    }
    return boxed;
  }

  /// Puts other chunks in the place of all there are.
  public void replaceChunks(long documentId, Draft draft) {
    transactions()
        .inTenant(
            draft.tenant(),
            () -> {
              List<Long> old =
                  jdbc.queryForList(
                      "delete from chunks where document_id = ? returning id",
                      Long.class,
                      documentId);
              jdbc.update("update documents set version = version + 1 where id = ?", documentId);
              announce(draft.tenant(), documentId, false, insertChunks(draft, documentId, 0), old);
            });
  }

  /// Changes a column of the document and announces all its chunks.
  public void update(UUID of, long documentId, String column, Object value) {
    transactions()
        .inTenant(
            of,
            () -> {
              jdbc.update(
                  "update documents set " + column + " = ? where id = ?", value, documentId);
              announce(of, documentId, false, chunkIds(documentId), List.of());
            });
  }

  /// Moves the chunks without changing their text, and renames the file.
  public void moveAndRename(long documentId, int by, String filename) {
    transactions()
        .inTenant(
            tenant,
            () -> {
              jdbc.update(
                  "update chunks set span_start = span_start + ?, span_end = span_end + ? where document_id = ?",
                  by,
                  by,
                  documentId);
              jdbc.update(
                  "update files set filename = ? where id = (select file_id from documents where id = ?)",
                  filename,
                  documentId);
              announce(tenant, documentId, false, chunkIds(documentId), List.of());
            });
  }

  public void delete(UUID of, long documentId) {
    transactions()
        .inTenant(
            of,
            () -> {
              jdbc.update("delete from documents where id = ?", documentId);
              announce(of, documentId, true, List.of(), List.of());
            });
  }

  /// Removes rows without a word in the outbox, as if the change had not been applied yet.
  public void deleteSilently(long chunkId) {
    transactions()
        .inTenant(tenant, () -> jdbc.update("delete from chunks where id = ?", chunkId) > 0);
  }

  public List<Long> chunkIds(long documentId) {
    return transactions()
        .inTenant(
            tenant,
            () ->
                jdbc.queryForList(
                    "select id from chunks where document_id = ? order by ordinal",
                    Long.class,
                    documentId));
  }

  private void announce(
      UUID of, long documentId, boolean drop, List<Long> added, List<Long> removed) {
    jdbc.update(connection -> {
      var insert =
          connection.prepareStatement(
              """
              insert into index_changes (seq, tenant_id, document_id, drop_document, added, removed)
              values (engram_next_change(), ?, ?, ?, ?, ?)
              """);
      insert.setObject(1, of);
      insert.setLong(2, documentId);
      insert.setBoolean(3, drop);
      insert.setArray(4, connection.createArrayOf("bigint", added.toArray()));
      insert.setArray(5, connection.createArrayOf("bigint", removed.toArray()));
      return insert;
    });
  }

  public long headSeq() {
    return transactions()
        .readInSystem(() -> jdbc.queryForObject("select seq from index_head", Long.class));
  }

  public void becomeAnotherDatabase() {
    transactions()
        .inSystem(() -> {
          jdbc.update("update index_head set database_id = gen_random_uuid()");
        });
  }

  /// Applies all there is.
  public static void applyAll(LuceneIndex index) {
    while (index.applyNext()) {}
  }

  @Override
  public void close() {
    database.close();
  }
}
