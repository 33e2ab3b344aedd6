package engram.retrieval.ingest;

import engram.retrieval.Span;
import engram.retrieval.ingest.ChunkDiff.Kept;
import engram.retrieval.ingest.ChunkDiff.Place;
import engram.retrieval.ingest.ChunkDiff.StoredChunk;
import engram.retrieval.library.Store;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Rows of `chunks`, many at a time. All in the caller's transaction.
final class ChunkTable {
  private static final int ROWS_PER_STATEMENT = 500;

  /// What the chunks of document `:id` take in all builds.
  static final String USAGE =
      """
      (select coalesce(sum(octet_length(text) + 4 * coalesce(array_length(embedding, 1), 0)), 0)
        from chunks where document_id = :id)
      """;

  private final Store store;

  ChunkTable(Store store) {
    this.store = store;
  }

  /// In order.
  List<StoredChunk> of(long documentId, int build) {
    return store
        .sql()
        .sql(
            """
            select id, encode(content_hash, 'hex') as hash, ordinal, span_start, span_end,
              page_from, page_to, boxes, parent_start, parent_end, gap, embedding_model
            from chunks where document_id = :document and build = :build order by ordinal, id
            """)
        .param("document", documentId)
        .param("build", build)
        .query((row, index) ->
            new StoredChunk(
                row.getLong("id"),
                row.getString("hash"),
                new Place(
                    row.getInt("ordinal"),
                    row.getInt("span_start"),
                    row.getInt("span_end"),
                    row.getInt("page_from"),
                    row.getInt("page_to"),
                    canonical(row.getString("boxes")),
                    parent(row),
                    row.getString("gap")),
                row.getString("embedding_model")))
        .list();
  }

  private static @Nullable Span parent(ResultSet row) throws SQLException {
    return row.getObject("parent_start") == null
        ? null
        : new Span(row.getInt("parent_start"), row.getInt("parent_end"));
  }

  /// The database writes JSON with other spaces and numbers than we do.
  private static String canonical(String boxes) {
    return boxes.equals("[]")
        ? boxes
        : Prepared.boxes(
            List.of(JsonMapper.shared().readValue(boxes, engram.retrieval.Box[].class)));
  }

  /// Vectors that this tenant has for some contents, by hash. An array, not a list to join with:
  /// for that the planner read all of the tenant's chunks, and each document cost more than the
  /// last.
  Map<String, float[]> vectors(String model, Collection<String> hashes) {
    Map<String, float[]> vectors = new HashMap<>();
    for (List<String> part : parts(List.copyOf(hashes))) {
      store
          .sql()
          .sql(
              """
              select distinct on (content_hash) encode(content_hash, 'hex'), embedding
              from chunks where embedding is not null and embedding_model = :model
                and tenant_id = engram_tenant()
                and content_hash = any (
                  array(select decode(h, 'hex') from unnest(:hashes::text[]) as t (h)))
              order by content_hash
              """)
          .param("model", model)
          .param("hashes", part.toArray(String[]::new))
          .query(row -> {
            vectors.put(row.getString(1), floats((Float[]) row.getArray(2).getArray()));
          });
    }
    return vectors;
  }

  private static float[] floats(Float[] boxed) {
    float[] floats = new float[boxed.length];
    for (int i = 0; i < boxed.length; i++) {
      floats[i] = boxed[i];
    }
    return floats;
  }

  /// What searches have to learn.
  ///
  /// @param touched ids of new and changed rows
  record Changes(List<Long> touched, List<Long> removed) {
    boolean isEmpty() {
      return touched.isEmpty() && removed.isEmpty();
    }
  }

  /// Makes the rows of a document in a build what was made of it.
  Changes store(Work work, Made made) {
    return switch (made) {
      case Made.Chunks it -> store(work, it);
      case Made.Failed _, Made.Later _ ->
          new Changes(List.of(), deleteAll(work.documentId(), made.target().build()));
    };
  }

  private Changes store(Work work, Made.Chunks made) {
    List<Long> touched = new ArrayList<>();
    delete(made.diff().removed());
    move(made.diff().kept(), made.places());
    String model = made.model();
    if (model != null) {
      Map<Long, float[]> embedded = made.embedded();
      embed(embedded, model);
      touched.addAll(embedded.keySet());
    }
    touched.addAll(insert(work, made.target().build(), made.prepared(), model));
    return new Changes(touched, made.diff().removed());
  }

  /// Takes away what a build has of a document.
  Changes clear(long documentId, int build) {
    store
        .sql()
        .sql("delete from chunk_contexts where document_id = :document and build = :build")
        .param("document", documentId)
        .param("build", build)
        .update();
    return new Changes(List.of(), deleteAll(documentId, build));
  }

  /// Writes down what a document's chunks take in all builds.
  void countUsage(long documentId) {
    store
        .sql()
        .sql("update documents set usage_bytes = " + USAGE + " where id = :id")
        .param("id", documentId)
        .update();
  }

  /// @return the ids of the rows that are gone
  private List<Long> deleteAll(long documentId, int build) {
    return store
        .sql()
        .sql("delete from chunks where document_id = :document and build = :build returning id")
        .param("document", documentId)
        .param("build", build)
        .query(Long.class)
        .list();
  }

  /// @return the new rows' ids
  private List<Long> insert(Work work, int build, List<Prepared> chunks, @Nullable String model) {
    List<Long> ids = new ArrayList<>(chunks.size());
    for (List<Prepared> part : parts(chunks)) {
      ids.addAll(
          store
              .sql()
              .sql(
                  """
                  insert into chunks (tenant_id, collection_id, document_id, build, content_hash,
                    ordinal, span_start, span_end, page_from, page_to, boxes, heading_path, context,
                    parent_start, parent_end, gap, tokens, text, embedding_model, embedding)
                  select engram_tenant(), :collection, :document, :build, decode(hash, 'hex'),
                    ordinal, span_start, span_end, page_from, page_to, boxes::jsonb,
                    array(select jsonb_array_elements_text(headings::jsonb)), context,
                    parent_start, parent_end, gap, tokens, text,
                    case when vector is null then null else :model::text end, vector::real[]
                  from unnest(:hashes::text[], :ordinals::int[], :starts::int[], :ends::int[],
                    :pagesFrom::int[], :pagesTo::int[], :boxes::text[], :headings::text[],
                    :contexts::text[], :parentStarts::int[], :parentEnds::int[], :gaps::text[],
                    :tokens::int[], :texts::text[], :vectors::text[])
                    as t (hash, ordinal, span_start, span_end, page_from, page_to, boxes, headings,
                      context, parent_start, parent_end, gap, tokens, text, vector)
                  returning id
                  """)
              .param("collection", work.collectionId())
              .param("document", work.documentId())
              .param("build", build)
              .param("model", model)
              .param("hashes", strings(part, Prepared::hash))
              .param("ordinals", ints(part, Prepared::ordinal))
              .param("starts", ints(part, chunk -> chunk.piece().span().start()))
              .param("ends", ints(part, chunk -> chunk.piece().span().end()))
              .param("pagesFrom", ints(part, chunk -> chunk.piece().pageFrom()))
              .param("pagesTo", ints(part, chunk -> chunk.piece().pageTo()))
              .param("boxes", strings(part, chunk -> Prepared.boxes(chunk.piece().boxes())))
              .param("headings", strings(part, Prepared::headings))
              .param("contexts", strings(part, chunk -> chunk.piece().context()))
              .param("parentStarts", ints(part, chunk -> chunk.piece().parent().start()))
              .param("parentEnds", ints(part, chunk -> chunk.piece().parent().end()))
              .param("gaps", strings(part, chunk -> chunk.piece().gap()))
              .param("tokens", ints(part, chunk -> chunk.piece().tokens()))
              .param("texts", strings(part, chunk -> chunk.piece().text()))
              .param("vectors", strings(part, Prepared::vectorLiteral))
              .query(Long.class)
              .list());
    }
    return ids;
  }

  /// Puts kept rows where they stand now.
  private void move(List<Kept> kept, List<Place> places) {
    List<Integer> moved = new ArrayList<>();
    for (int i = 0; i < kept.size(); i++) {
      if (!kept.get(i).chunk().place().equals(places.get(i))) {
        moved.add(i);
      }
    }
    for (List<Integer> part : parts(moved)) {
      store
          .sql()
          .sql(
              """
              update chunks c set ordinal = t.ordinal, span_start = t.span_start,
                span_end = t.span_end, page_from = t.page_from, page_to = t.page_to,
                boxes = t.boxes::jsonb, parent_start = t.parent_start, parent_end = t.parent_end,
                gap = t.gap
              from unnest(:ids::bigint[], :ordinals::int[], :starts::int[], :ends::int[],
                :pagesFrom::int[], :pagesTo::int[], :boxes::text[], :parentStarts::int[],
                :parentEnds::int[], :gaps::text[])
                as t (id, ordinal, span_start, span_end, page_from, page_to, boxes, parent_start,
                  parent_end, gap)
              where c.id = t.id
              """)
          .param("ids", part.stream().map(i -> kept.get(i).chunk().id()).toArray(Long[]::new))
          .param("ordinals", ints(part, i -> places.get(i).ordinal()))
          .param("starts", ints(part, i -> places.get(i).start()))
          .param("ends", ints(part, i -> places.get(i).end()))
          .param("pagesFrom", ints(part, i -> places.get(i).pageFrom()))
          .param("pagesTo", ints(part, i -> places.get(i).pageTo()))
          .param("boxes", strings(part, i -> places.get(i).boxes()))
          .param("parentStarts", places(part, places, Span::start))
          .param("parentEnds", places(part, places, Span::end))
          .param("gaps", strings(part, i -> places.get(i).gap()))
          .update();
    }
  }

  /// Gives kept rows the vectors that they lacked.
  private void embed(Map<Long, float[]> vectors, String model) {
    for (List<Long> part : parts(List.copyOf(vectors.keySet()))) {
      store
          .sql()
          .sql(
              """
              update chunks c set embedding_model = :model, embedding = t.vector::real[]
              from unnest(:ids::bigint[], :vectors::text[]) as t (id, vector) where c.id = t.id
              """)
          .param("model", model)
          .param("ids", part.toArray(Long[]::new))
          .param("vectors", strings(part, id -> Prepared.literal(vectors.get(id))))
          .update();
    }
  }

  private void delete(List<Long> ids) {
    if (!ids.isEmpty()) {
      store
          .sql()
          .sql("delete from chunks where id = any(:ids::bigint[])")
          .param("ids", ids.toArray(Long[]::new))
          .update();
    }
  }

  private static <T> List<List<T>> parts(List<T> all) {
    List<List<T>> parts = new ArrayList<>();
    for (int from = 0; from < all.size(); from += ROWS_PER_STATEMENT) {
      parts.add(all.subList(from, Math.min(all.size(), from + ROWS_PER_STATEMENT)));
    }
    return parts;
  }

  private static @Nullable Integer[] places(
      List<Integer> moved, List<Place> places, Function<Span, Integer> value) {
    @Nullable Integer[] ends = new Integer[moved.size()];
    for (int i = 0; i < ends.length; i++) {
      Span parent = places.get(moved.get(i)).parent();
      ends[i] = parent == null ? null : value.apply(parent);
    }
    return ends;
  }

  private static <T> Integer[] ints(List<T> rows, Function<T, Integer> value) {
    return rows.stream().map(value).toArray(Integer[]::new);
  }

  private static <T> String[] strings(List<T> rows, Function<T, @Nullable String> value) {
    return rows.stream().map(value).toArray(String[]::new);
  }
}
