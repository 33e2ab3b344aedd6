package engram.retrieval.search;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import engram.db.Transactions;
import engram.retrieval.Analysis;
import engram.retrieval.Box;
import engram.retrieval.Build;
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
  private final Cache<CollectionKey, Known> collections;

  private record Remembered(long epoch, ChunkRow row) {}

  /// A collection as it is searched.
  ///
  /// @param build a moment ago the one that serves, or one that was asked for
  /// @param wholeAt the change up to which the index must be to have all of the build
  /// @param before what serves until then; null if nothing did
  record Known(Served build, long wholeAt, @Nullable Served before) {}

  /// A build as it is searched.
  ///
  /// @param embeddingModel null for the default one
  record Served(
      int build, Analysis analysis, @Nullable String embeddingModel, Calibrated calibrated) {}

  /// @param fitted whether an evaluation chose it
  record Calibrated(Calibration calibration, boolean fitted) {
    static final Calibrated NOT = new Calibrated(Calibration.NONE, false);
  }

  /// @param build null for the one that serves
  private record CollectionKey(UUID tenant, String id, @Nullable Integer build) {}

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
  /// @param build of the one collection; null for those that serve
  /// @return how each is searched, in the order of the ids
  /// @throws NotFoundException if one of them, or the build, does not exist in the tenant
  List<Known> collections(UUID tenant, List<String> ids, @Nullable Integer build) {
    Map<String, Known> found = new HashMap<>();
    List<String> unknown = new ArrayList<>();
    for (String id : ids) {
      Known known = collections.getIfPresent(new CollectionKey(tenant, id, build));
      if (known == null) {
        unknown.add(id);
      } else {
        found.put(id, known);
      }
    }
    if (!unknown.isEmpty()) {
      found.putAll(read(tenant, unknown, build));
    }
    List<Known> inOrder = new ArrayList<>(ids.size());
    for (String id : ids) {
      Known known = found.get(id);
      if (known == null) {
        throw new NotFoundException("collection", id);
      }
      inOrder.add(known);
    }
    return inOrder;
  }

  private Map<String, Known> read(UUID tenant, List<String> ids, @Nullable Integer build) {
    Map<String, Known> found = new HashMap<>();
    for (Map.Entry<String, Known> one :
        transactions.readInTenant(
            tenant,
            () ->
                jdbc.query(
                    """
                    select c.id, coalesce(?::int, c.serving_build) as build, b.status,
                      case when b.build <> c.serving_build then b.calibration
                        else c.calibration end as calibration,
                      b.configuration, coalesce(b.index_seq, 0) as index_seq, p.build as previous,
                      p.configuration as previous_configuration,
                      p.calibration as previous_calibration
                    from collections c
                      left join collection_builds b on b.collection_id = c.id
                        and b.build = coalesce(?::int, c.serving_build)
                      left join collection_builds p on p.collection_id = c.id
                        and p.build = c.previous_build
                    where c.id = any(?)
                    """,
                    (row, n) -> Map.entry(row.getString("id"), known(row, build)),
                    build,
                    build,
                    ids.toArray(String[]::new)))) {
      found.put(one.getKey(), one.getValue());
      collections.put(new CollectionKey(tenant, one.getKey(), build), one.getValue());
    }
    return found;
  }

  private static Known known(ResultSet row, @Nullable Integer wanted) throws SQLException {
    int build = row.getInt("build");
    String status = row.getString("status");
    if (wanted != null && (status == null ? wanted != 0 : status.equals("cancelled"))) {
      throw new NotFoundException("build", Integer.toString(build));
    }
    int previous = row.getInt("previous");
    boolean none = wanted != null || row.wasNull();
    return new Known(
        served(build, row.getString("configuration"), row.getString("calibration")),
        row.getLong("index_seq"),
        none
            ? null
            : served(
                previous,
                row.getString("previous_configuration"),
                row.getString("previous_calibration")));
  }

  private static Served served(int build, @Nullable String stored, @Nullable String calibration) {
    Calibrated calibrated = calibrated(calibration);
    if (stored == null) {
      return new Served(build, Analysis.AUTO, null, calibrated);
    }
    Build.Configuration configuration = JSON.readValue(stored, Build.Configuration.class);
    return new Served(build, configuration.analysis(), configuration.embeddingModel(), calibrated);
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
                  c.tokens, d.attributes, d.readers,
                  b.configuration #>> '{analysis,language}' as language
                from chunks c join documents d on d.id = c.document_id join files f on f.id = d.file_id
                  left join collection_builds b on b.collection_id = c.collection_id
                    and b.build = c.build and c.build > 0
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
    String language = row.getString("language");
    return new ChunkRow(
        tenant,
        row.getLong("document_id"),
        source,
        row.getString("text"),
        row.getString("context"),
        row.getInt("tokens"),
        attributes,
        Set.copyOf(strings(row, "readers")),
        language == null ? Analysis.AUTO : new Analysis(Analysis.Language.valueOf(language)));
  }

  private static List<String> strings(ResultSet row, String column) throws SQLException {
    return Arrays.asList((String[]) row.getArray(column).getArray());
  }
}
