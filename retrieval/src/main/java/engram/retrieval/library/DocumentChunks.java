package engram.retrieval.library;

import engram.retrieval.Access;
import engram.retrieval.Box;
import engram.retrieval.Hit;
import engram.retrieval.Page;
import engram.retrieval.Source;
import engram.retrieval.Span;
import java.util.List;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// The chunks of one document, in order.
final class DocumentChunks {
  private static final int LIMIT_MAX = 1_000;
  private static final TypeReference<List<Box>> BOXES = new TypeReference<>() {};

  private final Store store;
  private final DocumentQueries documents;

  DocumentChunks(Store store, DocumentQueries documents) {
    this.store = store;
    this.documents = documents;
  }

  Page<Hit> page(Access access, String collectionId, String fileId, int offset, int limit) {
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
              List<Hit> hits = chunks(document, filename, offset, limit + 1);
              boolean hasMore = hits.size() > limit;
              return new Page<>(hasMore ? hits.subList(0, limit) : hits, hasMore);
            });
  }

  private List<Hit> chunks(DocumentEntity document, String filename, int offset, int limit) {
    return store
        .sql()
        .sql(
            "select * from chunks where document_id = :document order by ordinal"
                + " offset :offset limit :limit")
        .param("document", document.id)
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
