package engram.retrieval.index;

import engram.db.Transactions;
import engram.retrieval.Analysis;
import java.sql.Array;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// The database as the index follows it: changes in order, and chunks as they are now.
final class Outbox {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final TypeReference<Map<String, Object>> ATTRIBUTES = new TypeReference<>() {};

  /// Rows that the driver holds at once while a statement streams.
  private static final int FETCHED_ROWS = 500;

  private static final String CHUNK_COLUMNS =
      """
      c.id, c.document_id, c.collection_id, c.build, c.heading_path, c.context, c.text,
      c.embedding_model, c.embedding, d.readers, d.attributes, d.title,
      d.language, b.configuration #>> '{analysis,language}' as analysis
      """;

  /// Build 0 has the analysis that there was before there were builds.
  private static final String BUILD =
      """
      left join collection_builds b on b.collection_id = c.collection_id and b.build = c.build
        and c.build > 0
      """;

  private final Transactions transactions;
  private final JdbcTemplate jdbc;

  Outbox(Transactions transactions, DataSource dataSource) {
    this.transactions = transactions;
    this.jdbc = new JdbcTemplate(dataSource);
    jdbc.setFetchSize(FETCHED_ROWS);
  }

  /// @param prunedSeq changes up to here are gone
  record Head(UUID databaseId, long seq, long prunedSeq) {}

  record Change(long seq, UUID tenant, long documentId, boolean dropsDocument) {}

  Head head() {
    return transactions.readInSystem(() ->
        jdbc.queryForObject(
            "select database_id, seq, pruned_seq from index_head",
            (row, n) -> new Head(row.getObject(1, UUID.class), row.getLong(2), row.getLong(3))));
  }

  /// The next changes in order, without gaps.
  List<Change> after(long seq, int countMax) {
    return transactions.readInSystem(() ->
        jdbc.query(
            """
            select seq, tenant_id, document_id, drop_document from index_changes
            where seq > ? order by seq limit ?
            """,
            (row, n) ->
                new Change(
                    row.getLong(1),
                    row.getObject(2, UUID.class),
                    row.getLong(3),
                    row.getBoolean(4)),
            seq,
            countMax));
  }

  /// Hears what became of chunks.
  interface Present {
    void chunk(IndexedChunk chunk);

    void chunkGone(long chunkId);

    void documentGone(long documentId);
  }

  /// What all waiting changes of some documents of a tenant come to.
  ///
  /// One statement, so one snapshot: it takes in the changes after the step too, for the chunks are
  /// read as they are now and must not be mixed from two states of a document.
  void present(UUID tenant, long afterSeq, Collection<Long> documentIds, Present present) {
    Long[] ids = documentIds.toArray(Long[]::new);
    transactions.readInTenant(
        tenant,
        () -> {
          jdbc.query(
              connection -> {
                PreparedStatement statement =
                    connection.prepareStatement(
                        """
                        with pending as (
                          select document_id, drop_document, added, removed from index_changes
                          where tenant_id = ? and seq > ? and document_id = any(?)),
                        named as (
                          select document_id, null::bigint as chunk_id from pending where drop_document
                          union
                          select p.document_id, x.id from pending p, unnest(p.added || p.removed) x(id))
                        select n.document_id, n.chunk_id,
                        """
                            + CHUNK_COLUMNS
                            + """
                            from named n left join chunks c on c.id = n.chunk_id
                            left join documents d on d.id = coalesce(c.document_id, n.document_id)
                            """
                            + BUILD);
                statement.setObject(1, tenant);
                statement.setLong(2, afterSeq);
                statement.setArray(3, connection.createArrayOf("bigint", ids));
                statement.setFetchSize(FETCHED_ROWS);
                return statement;
              },
              row -> {
                long named = row.getLong(2);
                if (row.wasNull()) {
                  row.getObject("readers");
                  if (row.wasNull()) {
                    present.documentGone(row.getLong(1));
                  }
                } else {
                  row.getLong("id");
                  if (row.wasNull()) {
                    present.chunkGone(named);
                  } else {
                    present.chunk(chunk(tenant, row));
                  }
                }
              });
          return true;
        });
  }

  List<UUID> tenants() {
    return transactions.readInSystem(
        () -> jdbc.queryForList("select id from tenants order by id", UUID.class));
  }

  long chunkCount(UUID tenant) {
    Long count =
        transactions.readInTenant(
            tenant, () -> jdbc.queryForObject("select count(*) from chunks", Long.class));
    return count == null ? 0 : count;
  }

  /// A tenant's next chunks by id.
  List<IndexedChunk> chunksAfter(UUID tenant, long chunkId, int countMax) {
    return transactions.readInTenant(
        tenant,
        () ->
            jdbc.query(
                "select "
                    + CHUNK_COLUMNS
                    + """
                    from chunks c join documents d on d.id = c.document_id
                    """
                    + BUILD
                    + "where c.id > ? order by c.id limit ?",
                (row, n) -> chunk(tenant, row),
                chunkId,
                countMax));
  }

  /// Forgets changes that nobody needs any more: an index that is older is built anew.
  void prune(long upTo) {
    transactions.inSystem(() -> {
      jdbc.update("update index_head set pruned_seq = greatest(pruned_seq, ?)", upTo);
      jdbc.update("delete from index_changes where seq <= ?", upTo);
    });
  }

  private static IndexedChunk chunk(UUID tenant, ResultSet row) throws SQLException {
    return new IndexedChunk(
        row.getLong("id"),
        row.getLong("document_id"),
        tenant,
        row.getString("collection_id"),
        row.getInt("build"),
        analysis(row.getString("analysis")),
        row.getString("language"),
        Set.copyOf(strings(row.getArray("readers"))),
        JSON.readValue(row.getString("attributes"), ATTRIBUTES),
        row.getString("title"),
        strings(row.getArray("heading_path")),
        row.getString("context"),
        row.getString("text"),
        row.getString("embedding_model"),
        floats(row.getArray("embedding")));
  }

  /// As the configuration's JSON has it.
  private static Analysis analysis(@Nullable String language) {
    return language == null ? Analysis.AUTO : new Analysis(Analysis.Language.valueOf(language));
  }

  private static List<String> strings(Array array) throws SQLException {
    return Arrays.asList((String[]) array.getArray());
  }

  private static float @Nullable [] floats(@Nullable Array array) throws SQLException {
    if (array == null) {
      return null;
    }
    Float[] boxed = (Float[]) array.getArray();
    float[] floats = new float[boxed.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = boxed[i] == null ? Float.NaN : boxed[i];
    }
    return floats;
  }
}
