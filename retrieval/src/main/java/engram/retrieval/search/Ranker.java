package engram.retrieval.search;

import engram.retrieval.Access;
import engram.retrieval.Explanation;
import engram.retrieval.SearchRequest;
import engram.retrieval.fuse.Fusion;
import engram.retrieval.index.AccessQuery;
import engram.retrieval.index.ChunkFields;
import engram.retrieval.index.IndexView;
import engram.retrieval.index.Scope;
import engram.retrieval.index.TextAnalysis.QueryTerm;
import engram.retrieval.search.Candidates.Candidate;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.knn.KnnSearchStrategy;
import org.jspecify.annotations.Nullable;

/// Ranks the permitted chunks for one request in one view. One thread.
///
/// Each collection is searched by itself and scored by its own word frequencies; the lists of
/// several are merged by score, which is a share of the query and so means the same in each.
final class Ranker {
  /// Filters that let through less than this share of a segment are crossed by ACORN's walk (Patel
  /// et al., SIGMOD 2024); Lucene's own default.
  private static final KnnSearchStrategy WALK = new KnnSearchStrategy.Hnsw(60);

  private final Fusion fusion;
  private final int fusedCandidates;
  private final List<Place> places;
  private final List<Leg> legs = new ArrayList<>();
  private final Set<QueryTerm> terms = new LinkedHashSet<>();

  /// A collection as the caller may see it.
  ///
  /// @param narrowing null for all of it
  private record Place(Scope scope, IndexSearcher searcher, @Nullable Query narrowing) {}

  /// One list: of a query's words, or of the chunks nearest to its vector.
  ///
  /// @param lexical for each place; null for a list of nearest vectors
  /// @param nearest for each place; null for a list of words
  private record Leg(
      String label,
      double weight,
      @Nullable List<LexicalQuery> lexical,
      @Nullable List<Query> nearest) {}

  /// @param parts what each list gave; null where nothing was fused
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Scored(Candidate candidate, double score, double @Nullable [] parts) {}

  record Ranked(List<Scored> best, boolean more) {}

  private Ranker(Fusion fusion, int fusedCandidates, List<Place> places) {
    this.fusion = fusion;
    this.fusedCandidates = fusedCandidates;
    this.places = places;
  }

  /// @param vectors one per query with the model's name; null where there is no vector list
  /// @param notes gets what the reader of the hits should know
  static Ranker of(
      Access access,
      SearchRequest request,
      IndexView view,
      Fusion fusion,
      SearchSettings settings,
      @Nullable QueryVectors model,
      @Nullable List<float[]> vectors,
      List<String> notes)
      throws IOException {
    List<Place> places = new ArrayList<>();
    for (String collection : new LinkedHashSet<>(request.collections())) {
      Scope scope = Scope.of(access.tenant(), collection);
      places.add(
          new Place(
              scope,
              view.searcher(scope, settings.timeout().toMillis()),
              AccessQuery.narrowing(scope, access, request.filter())));
    }
    Ranker ranker = new Ranker(fusion, depth(request, settings.candidates()), places);
    boolean vectorLists = model != null && vectors != null;
    // Without vectors the words are all there is, whatever they were to weigh.
    boolean wordLists = request.textWeight() > 0 || !vectorLists;
    for (int i = 0; i < request.queries().size(); i++) {
      String of = request.queries().size() == 1 ? "" : " " + (i + 1);
      List<LexicalQuery> lexical = ranker.lexical(request.queries().get(i));
      if (wordLists) {
        double weight = request.textWeight() > 0 ? request.textWeight() : 1;
        ranker.legs.add(new Leg("words" + of, weight, lexical, null));
      }
      if (model != null && vectors != null) {
        String field = ChunkFields.vectorField(model.modelName(), vectors.get(i).length);
        List<Query> nearest = ranker.nearest(field, vectors.get(i));
        ranker.legs.add(new Leg("vectors" + of, request.embeddingWeight(), null, nearest));
      }
    }
    if (wordLists && ranker.terms.isEmpty()) {
      notes.add(LuceneRetriever.NOTE_NO_WORDS);
    }
    return ranker;
  }

  /// The same for all pages up to it, so that they are parts of one order.
  private static int depth(SearchRequest request, int least) {
    int depth = least;
    while (depth < request.offset() + request.limit() + 1) {
      depth *= 2;
    }
    return depth;
  }

  private List<LexicalQuery> lexical(String query) throws IOException {
    List<LexicalQuery> lexical = new ArrayList<>(places.size());
    for (Place place : places) {
      LexicalQuery parsed = LexicalQuery.parse(query, place.scope(), place.searcher());
      terms.addAll(parsed.terms()); // highlights need them even where they do not rank
      lexical.add(parsed);
    }
    return lexical;
  }

  private List<Query> nearest(String field, float[] vector) {
    List<Query> nearest = new ArrayList<>(places.size());
    for (Place place : places) {
      Query narrowing = place.narrowing();
      Query permitted = narrowing == null ? AccessQuery.everything(place.scope()) : narrowing;
      nearest.add(new KnnFloatVectorQuery(field, vector, fusedCandidates, permitted, WALK));
    }
    return nearest;
  }

  /// The words of all queries.
  List<QueryTerm> terms() {
    return List.copyOf(terms);
  }

  boolean timedOut() {
    return places.stream().anyMatch(place -> place.searcher().timedOut());
  }

  Ranked best(int count) throws IOException {
    if (legs.size() > 1) {
      return fused(Math.max(count, fusedCandidates));
    }
    Candidates found = candidates(legs.getFirst(), count);
    List<Scored> scored = new ArrayList<>(found.best().size());
    for (Candidate candidate : found.best()) {
      scored.add(new Scored(candidate, candidate.score(), null));
    }
    return new Ranked(scored, found.more());
  }

  private Candidates candidates(Leg leg, int count) throws IOException {
    List<Candidates> each = new ArrayList<>(places.size());
    for (int place = 0; place < places.size(); place++) {
      each.add(candidates(leg, place, count));
    }
    return Candidates.merged(each, count);
  }

  private Candidates candidates(Leg leg, int place, int count) throws IOException {
    IndexSearcher searcher = places.get(place).searcher();
    if (leg.nearest() != null) {
      return Candidates.top(searcher, place, leg.nearest().get(place), count, 1);
    }
    LexicalQuery words = lexical(leg, place);
    return words.findsNothing()
        ? Candidates.NONE
        : Candidates.top(
            searcher, place, words.under(places.get(place).narrowing()), count, words.most());
  }

  private static LexicalQuery lexical(Leg leg, int place) {
    if (leg.lexical() == null) {
      throw new IllegalStateException(leg.label() + " is no list of words");
    }
    return leg.lexical().get(place);
  }

  private Ranked fused(int count) throws IOException {
    List<Fusion.Ranking> rankings = new ArrayList<>(legs.size());
    Map<Long, Candidate> byId = new HashMap<>();
    boolean more = false;
    for (Leg leg : legs) {
      Candidates found = candidates(leg, count);
      more |= found.more();
      List<Candidate> best = found.best();
      long[] ids = new long[best.size()];
      float[] scores = new float[best.size()];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = best.get(i).chunkId();
        scores[i] = best.get(i).score();
        byId.putIfAbsent(ids[i], best.get(i));
      }
      rankings.add(new Fusion.Ranking(leg.label(), leg.weight(), ids, scores));
    }
    List<Scored> scored = new ArrayList<>();
    for (Fusion.Fused fused : fusion.fuse(rankings)) {
      Candidate candidate = byId.get(fused.id());
      if (candidate == null) {
        throw new IllegalStateException("fusion made up the id " + fused.id());
      }
      scored.add(new Scored(candidate, fused.score(), fused.parts()));
    }
    return new Ranked(scored, more);
  }

  /// Why a chunk scores what it does: what each word, or each list, gave.
  Explanation explain(Scored scored) throws IOException {
    double[] parts = scored.parts();
    List<Explanation> why = new ArrayList<>();
    if (parts != null) {
      for (int i = 0; i < parts.length; i++) {
        if (parts[i] > 0) {
          why.add(new Explanation(legs.get(i).label() + ", by rank", parts[i], List.of()));
        }
      }
      return new Explanation(fusion.name() + " of lists", scored.score(), why);
    }
    if (legs.getFirst().nearest() != null) {
      return new Explanation("vector similarity, (1 + cosine) / 2", scored.score(), List.of());
    }
    int place = scored.candidate().place();
    LexicalQuery words = lexical(legs.getFirst(), place);
    IndexSearcher searcher = places.get(place).searcher();
    for (LexicalQuery.Clause clause : words.clauses()) {
      var given = searcher.explain(clause.query(), scored.candidate().luceneDoc());
      if (given.isMatch()) {
        double share = given.getValue().doubleValue() / words.most();
        why.add(new Explanation(clause.label(), share, List.of()));
      }
    }
    return new Explanation("share of the query's words, by BM25", scored.score(), why);
  }
}
