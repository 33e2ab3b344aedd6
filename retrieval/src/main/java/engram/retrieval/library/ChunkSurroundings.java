package engram.retrieval.library;

import engram.retrieval.Access;
import engram.retrieval.Box;
import engram.retrieval.Hit;
import engram.retrieval.NotFoundException;
import engram.retrieval.Source;
import engram.retrieval.Span;
import engram.retrieval.Surroundings;
import engram.retrieval.Surroundings.Parent;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// Chunks with their neighbours and parents, in one statement.
final class ChunkSurroundings {
  private static final TypeReference<List<Box>> BOXES = new TypeReference<>() {};

  /// Of a parent, before and after the chunk. It bounds what is read, and no parent that is made of
  /// chunks of some tokens each has as many.
  private static final int REACH = 500;

  private final Store store;

  /// @param gap see the column; null if it is not known
  private record Row(
      Hit hit, int ordinal, @Nullable Span parent, @Nullable String gap, Set<String> readers) {
    Span span() {
      return hit.source().span();
    }
  }

  ChunkSurroundings(Store store) {
    this.store = store;
  }

  Surroundings of(Access access, String collectionId, long chunkId, int neighbours) {
    if (neighbours < 0 || neighbours > Surroundings.NEIGHBOURS_MAX) {
      throw new IllegalArgumentException(
          "neighbours " + neighbours + " is not in [0, " + Surroundings.NEIGHBOURS_MAX + "]");
    }
    Permissions.checkUsable(access, collectionId);
    List<Row> rows =
        store
            .transactions()
            .readInTenant(access.tenant(), () -> read(collectionId, chunkId, neighbours));
    int at = 0;
    while (at < rows.size() && rows.get(at).hit().chunkId() != chunkId) {
      at++;
    }
    if (at == rows.size()
        || !access.mayRead(rows.get(at).readers(), rows.get(at).hit().attributes())) {
      throw new NotFoundException("chunk", Long.toString(chunkId));
    }
    int ordinal = rows.get(at).ordinal();
    return new Surroundings(
        rows.get(at).hit(),
        between(rows, ordinal - neighbours, ordinal - 1),
        between(rows, ordinal + 1, ordinal + neighbours),
        parent(rows, at));
  }

  private List<Row> read(String collectionId, long chunkId, int neighbours) {
    return store
        .sql()
        .sql(
            """
            select c.id, c.ordinal, c.span_start, c.span_end, c.page_from, c.page_to, c.boxes,
              c.heading_path, c.context, c.parent_start, c.parent_end, c.gap, c.tokens, c.text,
              d.id as document_id, d.collection_id, d.file_id, f.filename, d.version, d.title,
              d.attributes, d.readers
            from chunks at join documents d on d.id = at.document_id
              join files f on f.id = d.file_id
              join chunks c on c.document_id = at.document_id and c.build = at.build
                and c.ordinal between at.ordinal - :reach and at.ordinal + :reach
            where at.id = :id and at.collection_id = :collection
              and (c.ordinal between at.ordinal - :neighbours and at.ordinal + :neighbours
                or c.span_start >= at.parent_start and c.span_end <= at.parent_end)
            order by c.ordinal
            """)
        .param("id", chunkId)
        .param("collection", collectionId)
        .param("neighbours", neighbours)
        .param("reach", REACH)
        .query((row, index) -> row(row))
        .list();
  }

  private static Row row(ResultSet row) throws SQLException {
    Map<String, Object> attributes = Permissions.attributes(row.getString("attributes"));
    attributes.values().removeIf(value -> value == null);
    Hit hit =
        new Hit(
            row.getLong("id"),
            row.getLong("document_id"),
            new Source(
                row.getString("collection_id"),
                row.getString("file_id"),
                row.getString("filename"),
                row.getInt("version"),
                row.getString("title"),
                List.of((String[]) row.getArray("heading_path").getArray()),
                row.getInt("page_from"),
                row.getInt("page_to"),
                JsonMapper.shared().readValue(row.getString("boxes"), BOXES),
                new Span(row.getInt("span_start"), row.getInt("span_end"))),
            row.getString("text"),
            row.getString("context"),
            row.getInt("tokens"),
            attributes,
            1,
            List.of(),
            null);
    return new Row(
        hit,
        row.getInt("ordinal"),
        row.getObject("parent_start") == null
            ? null
            : new Span(row.getInt("parent_start"), row.getInt("parent_end")),
        row.getString("gap"),
        Set.of((String[]) row.getArray("readers").getArray()));
  }

  private static List<Hit> between(List<Row> rows, int from, int to) {
    return rows.stream()
        .filter(row -> row.ordinal() >= from && row.ordinal() <= to)
        .map(Row::hit)
        .toList();
  }

  /// As much of the parent around the chunk as its chunks tell without a hole.
  private static Parent parent(List<Row> rows, int at) {
    Span wanted = rows.get(at).parent();
    Span around = wanted == null ? rows.get(at).span() : wanted;
    int from = at;
    while (from > 0 && isWithin(rows.get(from - 1), around) && isNext(rows, from)) {
      from--;
    }
    int to = at + 1;
    while (to < rows.size() && isWithin(rows.get(to), around) && isNext(rows, to)) {
      to++;
    }
    return joined(rows.subList(from, to));
  }

  private static boolean isWithin(Row row, Span around) {
    return row.span().start() >= around.start() && row.span().end() <= around.end();
  }

  /// Whether the text between the row before and this one is known.
  private static boolean isNext(List<Row> rows, int index) {
    Row before = rows.get(index - 1);
    Row row = rows.get(index);
    String gap = row.gap();
    int distance = Math.max(0, row.span().start() - before.span().end());
    return row.ordinal() == before.ordinal() + 1 && gap != null && gap.length() == distance;
  }

  private static Parent joined(List<Row> rows) {
    Source first = rows.getFirst().hit().source();
    int start = first.span().start();
    StringBuilder text = new StringBuilder(rows.getFirst().hit().text());
    List<Box> boxes = new ArrayList<>(first.boxes());
    List<String> path = first.headingPath();
    int pageFrom = first.pageFrom();
    int pageTo = first.pageTo();
    for (Row row : rows.subList(1, rows.size())) {
      Source source = row.hit().source();
      text.append(row.gap());
      text.append(
          row.hit().text(),
          start + text.length() - source.span().start(),
          row.hit().text().length());
      source.boxes().stream().filter(box -> !boxes.contains(box)).forEach(boxes::add);
      int same = 0;
      while (same < Math.min(path.size(), source.headingPath().size())
          && path.get(same).equals(source.headingPath().get(same))) {
        same++;
      }
      path = path.subList(0, same);
      pageFrom = Math.min(pageFrom, source.pageFrom());
      pageTo = Math.max(pageTo, source.pageTo());
    }
    return new Parent(
        new Source(
            first.collectionId(),
            first.fileId(),
            first.filename(),
            first.version(),
            first.title(),
            path,
            pageFrom,
            pageTo,
            boxes,
            new Span(start, start + text.length())),
        text.toString(),
        rows.stream().map(row -> row.hit().chunkId()).toList());
  }
}
