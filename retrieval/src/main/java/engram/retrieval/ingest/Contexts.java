package engram.retrieval.ingest;

import engram.retrieval.ingest.ContextWriter.Question;
import engram.retrieval.library.Store;
import engram.retrieval.parse.Extraction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/// Chunks with what a model wrote about them, from the database where it was asked the same before.
final class Contexts {
  private static final int OPENING_CHARS = 1_500;

  /// What stands before or after a chunk is given to the model in whole chunks, up to this much.
  private static final int AROUND_CHARS = 3_000;

  /// Answers that are written down together: what a crash may cost to ask again.
  private static final int SAVED_TOGETHER = 16;

  private final Store store;
  private final ContextWriter writer;
  private final int build;

  Contexts(Store store, ContextWriter writer, int build) {
    this.store = store;
    this.writer = writer;
    this.build = build;
  }

  /// @param done told how many of all answers there are
  /// @return as many pieces, in order; without contexts if `stop` said so in between
  List<Piece> added(
      Work work, Extraction extraction, List<Piece> pieces, BooleanSupplier stop, IntConsumer done)
      throws ContextWriter.FailedException {
    Map<String, Question> wanted = new LinkedHashMap<>();
    List<String> keys = new ArrayList<>(pieces.size());
    for (int i = 0; i < pieces.size(); i++) {
      Question question = question(extraction, pieces, i);
      String key = ChunkDiff.hex(writer.key(question));
      keys.add(key);
      wanted.put(key, question);
    }
    Map<String, String> known =
        store.transactions().inTenant(work.tenant(), () -> known(work, wanted.keySet()));
    wanted.keySet().removeAll(known.keySet());
    done.accept(known.size());
    write(work, wanted, known, stop, done);
    if (stop.getAsBoolean()) {
      return pieces;
    }
    List<Piece> with = new ArrayList<>(pieces.size());
    for (int i = 0; i < pieces.size(); i++) {
      String context = known.getOrDefault(keys.get(i), "");
      with.add(context.isEmpty() ? pieces.get(i) : pieces.get(i).withContext(context));
    }
    return with;
  }

  private static Question question(Extraction extraction, List<Piece> pieces, int index) {
    String text = extraction.text();
    Piece piece = pieces.get(index);
    int start = piece.span().start();
    int end = piece.span().end();
    int from = index;
    while (from > 0 && start - pieces.get(from - 1).span().start() <= AROUND_CHARS) {
      from--;
    }
    int to = index;
    while (to + 1 < pieces.size() && pieces.get(to + 1).span().end() - end <= AROUND_CHARS) {
      to++;
    }
    int opening = Math.min(OPENING_CHARS, text.length());
    boolean pair = opening > 0 && Character.isHighSurrogate(text.charAt(opening - 1));
    return new Question(
        extraction.title() == null ? "" : extraction.title(),
        text.substring(0, pair ? opening - 1 : opening),
        text.substring(pieces.get(from).span().start(), start),
        piece.text(),
        text.substring(end, pieces.get(to).span().end()));
  }

  private void write(
      Work work,
      Map<String, Question> wanted,
      Map<String, String> known,
      BooleanSupplier stop,
      IntConsumer done)
      throws ContextWriter.FailedException {
    List<String> asked = List.copyOf(wanted.keySet());
    Map<String, String> unsaved = new HashMap<>();
    try {
      writer.write(
          List.copyOf(wanted.values()),
          stop,
          written -> {
            known.put(asked.get(written.index()), written.context());
            unsaved.put(asked.get(written.index()), written.context());
            done.accept(known.size());
            if (unsaved.size() >= SAVED_TOGETHER) {
              save(work, unsaved);
              unsaved.clear();
            }
          });
    } finally {
      // What was paid for is kept, whatever came after it.
      save(work, unsaved);
    }
  }

  /// Takes over what the tenant has for these keys, and forgets what the document's chunks in this
  /// build had for others.
  private Map<String, String> known(Work work, java.util.Set<String> keys) {
    String[] all = keys.toArray(String[]::new);
    store
        .sql()
        .sql(
            """
            delete from chunk_contexts where document_id = :document and build = :build
              and key not in (select decode(k, 'hex') from unnest(:keys::text[]) as t (k))
            """)
        .param("document", work.documentId())
        .param("build", build)
        .param("keys", all)
        .update();
    store
        .sql()
        .sql(
            """
            insert into chunk_contexts (tenant_id, document_id, build, key, context)
            select distinct on (c.key) engram_tenant(), :document, :build, c.key, c.context
            from chunk_contexts c join unnest(:keys::text[]) as t (k) on c.key = decode(t.k, 'hex')
            where c.tenant_id = engram_tenant() and exists (select from documents where id = :document)
            on conflict do nothing
            """)
        .param("document", work.documentId())
        .param("build", build)
        .param("keys", all)
        .update();
    Map<String, String> known = new HashMap<>();
    store
        .sql()
        .sql(
            "select encode(key, 'hex'), context from chunk_contexts"
                + " where document_id = :document and build = :build")
        .param("document", work.documentId())
        .param("build", build)
        .query(row -> {
          known.put(row.getString(1), row.getString(2));
        });
    return known;
  }

  private void save(Work work, Map<String, String> contexts) {
    if (contexts.isEmpty()) {
      return;
    }
    List<String> keys = List.copyOf(contexts.keySet());
    store
        .transactions()
        .inTenant(
            work.tenant(),
            () -> {
              store
                  .sql()
                  .sql(
                      """
                      insert into chunk_contexts (tenant_id, document_id, build, key, context)
                      select engram_tenant(), :document, :build, decode(k, 'hex'), c
                      from unnest(:keys::text[], :contexts::text[]) as t (k, c)
                      where exists (select from documents where id = :document)
                      on conflict do nothing
                      """)
                  .param("document", work.documentId())
                  .param("build", build)
                  .param("keys", keys.toArray(String[]::new))
                  .param("contexts", keys.stream().map(contexts::get).toArray(String[]::new))
                  .update();
            });
  }
}
