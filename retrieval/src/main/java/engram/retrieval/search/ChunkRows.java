package engram.retrieval.search;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import engram.db.Transactions;
import engram.retrieval.Box;
import engram.retrieval.Calibration;
import engram.retrieval.NotFoundException;
import engram.retrieval.Source;
import engram.retrieval.Span;
import engram.retrieval.index.DocumentEpochs;
import engram.retrieval.search.Candidates.Candidate;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// What is shown of chunks, from the database, and the part of it that was shown lately.
///
/// A remembered row is used only while no change of its document has been applied here since before
/// it was read. So a search may show what the database had when the last change was announced, as
/// the index does, and never mixes the two. Rows that are gone are not remembered.
final class ChunkRows {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final TypeReference<Map<String, Object>> ATTRIBUTES = new TypeReference<>() {};
  private static final TypeReference<List<Box>> BOXES = new TypeReference<>() {};
  private static final int COLLECTIONS_REMEMBERED_MAX = 10_000;

  private final Transactions transactions;
  private final JdbcTemplate jdbc;
  private final DocumentEpochs epochs;
  private final Cache<Long, Remembered> remembered;
  private final Cache<CollectionKey, Calibrated> collections;

  private record Remembered(long epoch, ChunkRow row) {}

  /// @param fitted whether an evaluation chose it
  record Calibrated(Calibration calibration, boolean fitted) {
    static final Calibrated NOT = new Calibrated(Calibration.NONE, false);
  }

  private record CollectionKey(UUID tenant, String id) {}

  ChunkRows(
      Transactions transactions,
      DataSource dataSource,
      DocumentEpochs epochs,
      SearchSettings settings) {
    this.transactions = transactions;
    this.jdbc = new JdbcTemplate(dataSource);
    this.epochs = epochs;
    this.remembered =
        Caffeine.newBuilder()
            .maximumWeight(settings.rowCacheBytes())
            .weigher((Long id, Remembered kept) -> kept.row().bytes())
            .build();
    this.collections =
        Caffeine.newBuilder()
            .maximumSize(COLLECTIONS_REMEMBERED_MAX)
            .expireAfterWrite(settings.collectionTtl())
            .build();
  }

  /// Collections as they were a moment ago.
  ///
  /// @return how each is ranked, in the order of the ids
  /// @throws NotFoundException if one of them does not exist in the tenant
  List<Calibrated> collections(UUID tenant, List<String> ids) {
    Map<String, Calibrated> found = new HashMap<>();
    List<String> unknown = new ArrayList<>();
    for (String id : ids) {
      Calibrated known = collections.getIfPresent(new CollectionKey(tenant, id));
      if (known == null) {
        unknown.add(id);
      } else {
        found.put(id, known);
      }
    }
    if (!unknown.isEmpty()) {
      found.putAll(read(tenant, unknown));
    }
    List<Calibrated> inOrder = new ArrayList<>(ids.size());
    for (String id : ids) {
      Calibrated known = found.get(id);
      if (known == null) {
        throw new NotFoundException("collection", id);
      }
      inOrder.add(known);
    }
    return inOrder;
  }

  private Map<String, Calibrated> read(UUID tenant, List<String> ids) {
    Map<String, Calibrated> found = new HashMap<>();
    List<Map.Entry<String, Calibrated>> read =
        transactions.readInTenant(
            tenant,
            () ->
                jdbc.query(
                    "select id, calibration from collections where id = any(?)",
                    (row, n) ->
                        Map.entry(row.getString("id"), calibrated(row.getString("calibration"))),
                    (Object) ids.toArray(String[]::new)));
    for (Map.Entry<String, Calibrated> one : read) {
      found.put(one.getKey(), one.getValue());
      collections.put(new CollectionKey(tenant, one.getKey()), one.getValue());
    }
    return found;
  }

  private static Calibrated calibrated(@Nullable String stored) {
    return stored == null
        ? Calibrated.NOT
        : new Calibrated(JSON.readValue(stored, Calibration.class), true);
  }

  /// The rows of chunks by id; those that are gone are missing. At most one statement.
  Map<Long, ChunkRow> of(UUID tenant, List<Candidate> candidates) {
    Map<Long, ChunkRow> rows = HashMap.newHashMap(candidates.size());
    Map<Long, Long> missing = null;
    for (Candidate candidate : candidates) {
      long epoch = epochs.of(candidate.documentId());
      Remembered known = remembered.getIfPresent(candidate.chunkId());
      if (known != null && known.epoch() == epoch && known.row().tenant.equals(tenant)) {
        rows.put(candidate.chunkId(), known.row());
      } else {
        missing = missing == null ? new HashMap<>() : missing;
        missing.put(candidate.chunkId(), epoch);
      }
    }
    if (missing != null) {
      for (Loaded loaded : load(tenant, missing.keySet())) {
        rows.put(loaded.chunkId(), loaded.row());
        Long epoch = missing.get(loaded.chunkId());
        if (epoch != null) {
          remembered.put(loaded.chunkId(), new Remembered(epoch, loaded.row()));
        }
      }
    }
    return rows;
  }

  private record Loaded(long chunkId, ChunkRow row) {}

  private List<Loaded> load(UUID tenant, Set<Long> ids) {
    return transactions.readInTenant(
        tenant,
        () ->
            jdbc.query(
                """
                select c.id, c.document_id, c.collection_id, d.file_id, f.filename, d.version, d.title,
                  c.heading_path, c.page_from, c.page_to, c.boxes, c.span_start, c.span_end, c.text,
                  c.context,
                  c.tokens, d.attributes, d.readers
                from chunks c join documents d on d.id = c.document_id join files f on f.id = d.file_id
                where c.id = any(?)
                """,
                (row, n) -> new Loaded(row.getLong("id"), row(tenant, row)),
                (Object) ids.toArray(Long[]::new)));
  }

  private static ChunkRow row(UUID tenant, ResultSet row) throws SQLException {
    Source source =
        new Source(
            row.getString("collection_id"),
            row.getString("file_id"),
            row.getString("filename"),
            row.getInt("version"),
            row.getString("title"),
            strings(row, "heading_path"),
            row.getInt("page_from"),
            row.getInt("page_to"),
            JSON.readValue(row.getString("boxes"), BOXES),
            new Span(row.getInt("span_start"), row.getInt("span_end")));
    Map<String, Object> attributes = JSON.readValue(row.getString("attributes"), ATTRIBUTES);
    attributes.values().removeIf(value -> value == null);
    return new ChunkRow(
        tenant,
        row.getLong("document_id"),
        source,
        row.getString("text"),
        row.getString("context"),
        row.getInt("tokens"),
        attributes,
        Set.copyOf(strings(row, "readers")));
  }

  private static List<String> strings(ResultSet row, String column) throws SQLException {
    return Arrays.asList((String[]) row.getArray(column).getArray());
  }
}
