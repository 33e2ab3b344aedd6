package engram.retrieval.library;

import engram.retrieval.Access;
import engram.retrieval.Box;
import engram.retrieval.Build;
import engram.retrieval.Hit;
import engram.retrieval.NotFoundException;
import engram.retrieval.Page;
import engram.retrieval.Source;
import engram.retrieval.Span;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// The chunks of one document, in order.
final class DocumentChunks {
  private static final int LIMIT_MAX = 1_000;
  private static final TypeReference<List<Box>> BOXES = new TypeReference<>() {};

  private final Store store;
  private final DocumentQueries documents;
  private final BuildRows builds;

  DocumentChunks(Store store, DocumentQueries documents) {
    this.store = store;
    this.builds = new BuildRows(store);
    this.documents = documents;
  }

  /// @param build null for the one that serves
  Page<Hit> page(
      Access access,
      String collectionId,
      String fileId,
      @Nullable Integer build,
      int offset,
      int limit) {
    if (offset < 0 || limit < 1 || limit > LIMIT_MAX) {
      throw new IllegalArgumentException(
          "offset " + offset + " < 0 or limit " + limit + " not in [1, " + LIMIT_MAX + "]");
    }
    return store
        .transactions()
        .readInTenant(
            access.tenant(),
            () -> {
              DocumentEntity document = documents.readable(access, collectionId, fileId);
              String filename = store.entities().find(FileEntity.class, fileId).filename;
              int of = build(collectionId, build);
              List<Hit> hits = chunks(document, filename, of, offset, limit + 1);
              boolean hasMore = hits.size() > limit;
              return new Page<>(hasMore ? hits.subList(0, limit) : hits, hasMore);
            });
  }

  private int build(String collectionId, @Nullable Integer wanted) {
    int serving =
        store
            .sql()
            .sql("select serving_build from collections where id = :id")
            .param("id", collectionId)
            .query(Integer.class)
            .single();
    if (wanted == null || wanted == serving) {
      return serving;
    }
    return builds
        .find(collectionId, wanted)
        .filter(row -> row.status() != Build.Status.CANCELLED)
        .orElseThrow(() -> new NotFoundException("build", Integer.toString(wanted)))
        .build();
  }

  private List<Hit> chunks(
      DocumentEntity document, String filename, int build, int offset, int limit) {
    return store
        .sql()
        .sql(
            "select * from chunks where document_id = :document and build = :build"
                + " order by ordinal offset :offset limit :limit")
        .param("document", document.id)
        .param("build", build)
        .param("offset", offset)
        .param("limit", limit)
        .query((row, index) ->
            new Hit(
                row.getLong("id"),
                document.id,
                new Source(
                    document.collectionId,
                    document.fileId,
                    filename,
                    document.version,
                    document.title,
                    List.of((String[]) row.getArray("heading_path").getArray()),
                    row.getInt("page_from"),
                    row.getInt("page_to"),
                    JsonMapper.shared().readValue(row.getString("boxes"), BOXES),
                    new Span(row.getInt("span_start"), row.getInt("span_end"))),
                row.getString("text"),
                row.getString("context"),
                row.getInt("tokens"),
                document.attributes,
                1,
                List.of(),
                null))
        .list();
  }
}
