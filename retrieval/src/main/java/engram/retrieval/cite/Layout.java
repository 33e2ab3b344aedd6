package engram.retrieval.cite;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import engram.db.Transactions;
import engram.retrieval.Access;
import engram.retrieval.Source;
import engram.retrieval.Span;
import engram.retrieval.parse.Box;
import engram.retrieval.parse.ExtractionJson;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Where on its pages each line of a document stands, for citations to point at the lines that they
/// quote and not at all of the chunk around them. Known for formats whose parser gives boxes: PDF.
///
/// Threads: any.
public final class Layout {
  private static final long CACHE_BYTES_MAX = 32L << 20;
  private static final int BOX_BYTES = 48;

  // A version of a file never changes, so one statement per version is enough.
  private record Key(UUID tenant, String fileId, int version) {}

  private final Transactions transactions;
  private final JdbcClient sql;
  private final Cache<Key, List<Box>> lines =
      Caffeine.newBuilder()
          .maximumWeight(CACHE_BYTES_MAX)
          .weigher((Key key, List<Box> boxes) -> 200 + BOX_BYTES * boxes.size())
          .build();

  public Layout(Transactions transactions, JdbcClient sql) {
    this.transactions = transactions;
    this.sql = sql;
  }

  /// The same with only the pages and boxes of the lines that its span touches; unchanged where the
  /// layout is not known, or is not the one that the source was made from.
  ///
  /// @param source its boxes are those of a chunk that holds its span
  public Source narrowed(Access access, Source source) {
    if (source.boxes().isEmpty()) {
      return source;
    }
    Key key = new Key(access.tenant(), source.fileId(), source.version());
    List<engram.retrieval.Box> boxes = touched(lines.get(key, this::load), source.span());
    if (boxes.isEmpty()) {
      return source;
    }
    if (!source.boxes().containsAll(boxes)) {
      // The file was parsed again by a newer parser, before or after its chunks were made.
      lines.invalidate(key);
      return source;
    }
    return new Source(
        source.collectionId(),
        source.fileId(),
        source.filename(),
        source.version(),
        source.title(),
        source.headingPath(),
        boxes.stream().mapToInt(engram.retrieval.Box::page).min().orElseThrow(),
        boxes.stream().mapToInt(engram.retrieval.Box::page).max().orElseThrow(),
        boxes,
        source.span());
  }

  private static List<engram.retrieval.Box> touched(List<Box> lines, Span span) {
    List<engram.retrieval.Box> boxes = new ArrayList<>();
    for (Box line : lines) {
      if (line.start() < span.end() && line.end() > span.start()) {
        boxes.add(
            new engram.retrieval.Box(line.page(), line.x(), line.y(), line.width(), line.height()));
      }
    }
    return boxes;
  }

  private List<Box> load(Key key) {
    return transactions
        .readInTenant(
            key.tenant(),
            () ->
                sql.sql(
                        """
                        select e.structure from file_versions v join extractions e using (sha256)
                        where v.file_id = :file and v.version = :version
                        order by e.parser_version desc limit 1
                        """)
                    .param("file", key.fileId())
                    .param("version", key.version())
                    .query(String.class)
                    .optional())
        .map(ExtractionJson::boxes)
        .orElse(List.of());
  }
}
