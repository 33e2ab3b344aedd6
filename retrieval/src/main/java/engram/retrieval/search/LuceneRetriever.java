package engram.retrieval.search;

import engram.db.Transactions;
import engram.retrieval.Access;
import engram.retrieval.EmbeddingModels;
import engram.retrieval.Explanation;
import engram.retrieval.Hit;
import engram.retrieval.NotFoundException;
import engram.retrieval.Retriever;
import engram.retrieval.SearchPage;
import engram.retrieval.SearchRequest;
import engram.retrieval.index.IndexView;
import engram.retrieval.index.LuceneIndex;
import engram.retrieval.index.TextAnalysis.QueryTerm;
import engram.retrieval.search.Candidates.Candidate;
import engram.retrieval.search.ChunkRows.Known;
import engram.retrieval.search.ChunkRows.Served;
import engram.retrieval.search.Ranker.Embedded;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.embedding.EmbeddingModel;

/// Search over the Lucene index of this process.
///
/// One query and no vectors: the score is the share of the query that the chunk has, see
/// [LexicalQuery]. Otherwise the lists are fused, and the score is the fusion's.
///
/// Pages of one list are parts of one order. Pages of fused lists are, up to the settings'
/// `candidates`; beyond, each doubling of the offset fuses longer lists, and a chunk may move.
///
/// A search whose rows are remembered asks the database nothing, but once per `collectionTtl`
/// whether the collection is still there.
public final class LuceneRetriever implements Retriever {
  /// How often a page is filled up after rows went away under it.
  private static final int REFILLS_MAX = 3;

  static final String NOTE_NO_MODEL = "vector search is off: no embedding model is configured";
  static final String NOTE_NO_WORDS = "the query has no words to look for";

  private final LuceneIndex index;
  private final ChunkRows rows;
  private final SearchThreads threads = new SearchThreads();
  private final SearchSettings settings;
  private final @Nullable QueryVectors vectors;
  private final Map<String, QueryVectors> further;

  /// @param embeddingModelName as it is written in `chunks.embedding_model`; null, like the model,
  ///   for lexical search alone
  public LuceneRetriever(
      LuceneIndex index,
      Transactions transactions,
      DataSource dataSource,
      SearchSettings settings,
      @Nullable String embeddingModelName,
      @Nullable EmbeddingModel embeddingModel) {
    this(
        index,
        transactions,
        dataSource,
        settings,
        new EmbeddingModels(
            embeddingModelName == null || embeddingModel == null
                ? null
                : new EmbeddingModels.Named(embeddingModelName, embeddingModel)));
  }

  public LuceneRetriever(
      LuceneIndex index,
      Transactions transactions,
      DataSource dataSource,
      SearchSettings settings,
      EmbeddingModels models) {
    this.index = index;
    this.rows = new ChunkRows(transactions, dataSource, index.epochs(), settings);
    this.settings = settings;
    EmbeddingModels.Named standard = models.standard();
    this.vectors =
        standard == null ? null : new QueryVectors(standard.storedAs(), standard.model(), settings);
    Map<String, QueryVectors> others = new HashMap<>();
    models
        .further()
        .forEach((name, model) ->
            others.put(name, new QueryVectors(model.storedAs(), model.model(), settings)));
    this.further = Map.copyOf(others);
  }

  @Override
  public SearchPage search(Access access, SearchRequest request) {
    for (String collection : request.collections()) {
      if (!access.mayUse(collection)) {
        throw new NotFoundException("collection", collection);
      }
    }
    List<Served> searched = searched(access, request);
    List<String> notes = new ArrayList<>();
    List<@Nullable Embedded> embedded = embedded(request, searched, notes);
    try (IndexView view = index.view()) {
      Ranker ranker =
          Ranker.of(
              access,
              request,
              view,
              searched,
              settings,
              embedded,
              candidates -> readable(access, candidates),
              notes);
      return page(access, request, ranker, notes);
    } catch (IOException e) {
      index.reportDamage(e);
      throw new UncheckedIOException("The index could not be searched", e);
    }
  }

  /// Rows by chunk. The permission is part of each query; that a row which says otherwise by now is
  /// left out only shortens the time until a change of readers is felt.
  private Map<Long, ChunkRow> readable(Access access, List<Candidate> candidates) {
    Map<Long, ChunkRow> found = rows.of(access.tenant(), candidates);
    found.values().removeIf(row -> !access.mayRead(row.readers, row.attributes));
    return found;
  }

  /// The build of each collection that this search sees, and no other: the one that serves, or,
  /// until all of it is in this process's index, the one that served before.
  private List<Served> searched(Access access, SearchRequest request) {
    List<Known> known =
        rows.collections(
            access.tenant(),
            request.collections().stream().distinct().toList(),
            request.ranking().build());
    long visible = index.visibleSeq(); // before the view, which then has at least as much
    return known.stream()
        .map(one -> {
          Served before = one.before();
          return before != null && visible < one.wholeAt() ? before : one.build();
        })
        .toList();
  }

  /// For each collection; null for one without a vector list.
  private List<@Nullable Embedded> embedded(
      SearchRequest request, List<Served> searched, List<String> notes) {
    boolean wanted = request.weights() == null || request.weights().embedding() > 0;
    Map<String, Optional<Embedded>> byModel = new HashMap<>();
    List<@Nullable Embedded> embedded = new ArrayList<>();
    for (Served one : searched) {
      String name = one.embeddingModel();
      embedded.add(
          wanted
              ? byModel
                  .computeIfAbsent(
                      name == null ? EmbeddingModels.DEFAULT : name,
                      model -> Optional.ofNullable(embedded(name, request.queries(), notes)))
                  .orElse(null)
              : null);
    }
    return embedded;
  }

  /// @param name null for the default model
  private @Nullable Embedded embedded(
      @Nullable String name, List<String> queries, List<String> notes) {
    QueryVectors model = name == null ? vectors : further.get(name);
    if (model == null) {
      notes.add(
          name == null
              ? NOTE_NO_MODEL
              : "vector search is off: no embedding model '" + name + "' is configured");
      return null;
    }
    List<float[]> made = model.embed(queries, notes);
    return made == null ? null : new Embedded(model.modelName(), made);
  }

  private SearchPage page(Access access, SearchRequest request, Ranker ranker, List<String> notes)
      throws IOException {
    int needed = request.offset() + request.limit() + 1;
    for (int refill = 0; ; refill++) {
      int count = needed;
      Ranker.Ranked ranked = threads.call(() -> ranker.best(count));
      List<Ranker.Scored> scored = ranked.best();
      int end = aboveThreshold(scored, request.scoreThreshold());
      List<Ranker.Scored> wanted =
          scored.subList(Math.min(request.offset(), end), Math.min(end, needed));
      List<Ranker.Scored> shown = new ArrayList<>(wanted.size());
      List<ChunkRow> texts = new ArrayList<>(wanted.size());
      collect(access, wanted, shown, texts);
      boolean exhausted = !ranked.more() || end < scored.size();
      if (shown.size() > request.limit() || exhausted || refill == REFILLS_MAX) {
        if (ranker.timedOut()) {
          notes.add("the search ran out of time: hits may be missing");
        }
        return assemble(request, ranker, shown, texts, notes);
      }
      needed += Math.max(request.limit() + 1 - shown.size(), request.limit());
    }
  }

  private static int aboveThreshold(List<Ranker.Scored> scored, double threshold) {
    int end = scored.size();
    while (end > 0 && scored.get(end - 1).score() < threshold) {
      end--;
    }
    return end;
  }

  /// Those whose rows are there.
  private void collect(
      Access access, List<Ranker.Scored> wanted, List<Ranker.Scored> shown, List<ChunkRow> texts) {
    // The one beyond the page is looked up too: it says whether there is more.
    Map<Long, ChunkRow> found =
        readable(access, wanted.stream().map(Ranker.Scored::candidate).toList());
    for (Ranker.Scored scored : wanted) {
      ChunkRow row = found.get(scored.candidate().chunkId());
      if (row != null) {
        shown.add(scored);
        texts.add(row);
      }
    }
  }

  private static SearchPage assemble(
      SearchRequest request,
      Ranker ranker,
      List<Ranker.Scored> shown,
      List<ChunkRow> texts,
      List<String> notes)
      throws IOException {
    List<QueryTerm> terms = ranker.terms();
    int count = Math.min(request.limit(), shown.size());
    List<Hit> hits = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      Ranker.Scored scored = shown.get(i);
      ChunkRow row = texts.get(i);
      Candidate candidate = scored.candidate();
      Explanation explanation = request.explain() ? ranker.explain(scored) : null;
      hits.add(
          new Hit(
              candidate.chunkId(),
              row.documentId,
              row.source,
              row.text,
              row.context,
              row.tokens,
              row.attributes,
              scored.score(),
              row.highlights(terms),
              explanation));
    }
    return new SearchPage(hits, shown.size() > request.limit(), notes);
  }
}
