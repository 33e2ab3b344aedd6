package engram.retrieval.search;

import engram.retrieval.Explanation;
import engram.retrieval.SearchRequest;
import engram.retrieval.fuse.Fusion;
import engram.retrieval.index.ChunkFields;
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
final class Ranker {
  /// Filters that let through less than this share of a segment are crossed by ACORN's walk (Patel
  /// et al., SIGMOD 2024); Lucene's own default.
  private static final KnnSearchStrategy WALK = new KnnSearchStrategy.Hnsw(60);

  private final IndexSearcher searcher;
  private final Fusion fusion;
  private final int fusedCandidates;
  private final List<LexicalQuery> lexical;
  private final List<Leg> legs;

  /// @param lexical null for a list of nearest vectors
  private record Leg(String label, double weight, @Nullable LexicalQuery lexical, Query query) {}

  /// @param parts what each list gave; null where nothing was fused
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Scored(Candidate candidate, double score, double @Nullable [] parts) {}

  record Ranked(List<Scored> best, boolean more) {}

  private Ranker(
      IndexSearcher searcher,
      Fusion fusion,
      int fusedCandidates,
      List<LexicalQuery> lexical,
      List<Leg> legs) {
    this.searcher = searcher;
    this.fusion = fusion;
    this.fusedCandidates = fusedCandidates;
    this.lexical = lexical;
    this.legs = legs;
  }

  /// @param permitted what the caller may see, compiled
  /// @param vectors one per query with the model's name; null where there is no vector list
  /// @param notes gets what the reader of the hits should know
  static Ranker of(
      SearchRequest request,
      Query permitted,
      IndexSearcher searcher,
      Fusion fusion,
      SearchSettings settings,
      @Nullable QueryVectors model,
      @Nullable List<float[]> vectors,
      List<String> notes)
      throws IOException {
    List<LexicalQuery> lexical = new ArrayList<>();
    List<Leg> legs = new ArrayList<>();
    boolean vectorLists = model != null && vectors != null;
    // Without vectors the words are all there is, whatever they were to weigh.
    boolean wordLists = request.textWeight() > 0 || !vectorLists;
    boolean words = false;
    int depth = depth(request, settings.candidates());
    for (int i = 0; i < request.queries().size(); i++) {
      String of = request.queries().size() == 1 ? "" : " " + (i + 1);
      LexicalQuery parsed = LexicalQuery.parse(request.queries().get(i), searcher);
      lexical.add(parsed); // highlights need it even where it does not rank
      words |= parsed.hasWords();
      if (wordLists) {
        double weight = request.textWeight() > 0 ? request.textWeight() : 1;
        legs.add(new Leg("words" + of, weight, parsed, parsed.under(permitted)));
      }
      if (model != null && vectors != null) {
        float[] vector = vectors.get(i);
        String field = ChunkFields.vectorField(model.modelName(), vector.length);
        Query nearest = new KnnFloatVectorQuery(field, vector, depth, permitted, WALK);
        legs.add(new Leg("vectors" + of, request.embeddingWeight(), null, nearest));
      }
    }
    if (wordLists && !words) {
      notes.add(LuceneRetriever.NOTE_NO_WORDS);
    }
    return new Ranker(searcher, fusion, depth, lexical, legs);
  }

  /// The same for all pages up to it, so that they are parts of one order.
  private static int depth(SearchRequest request, int least) {
    int depth = least;
    while (depth < request.offset() + request.limit() + 1) {
      depth *= 2;
    }
    return depth;
  }

  /// The words of all queries.
  List<QueryTerm> terms() {
    if (lexical.size() == 1) {
      return lexical.getFirst().terms();
    }
    Set<QueryTerm> terms = new LinkedHashSet<>();
    lexical.forEach(query -> terms.addAll(query.terms()));
    return List.copyOf(terms);
  }

  boolean timedOut() {
    return searcher.timedOut();
  }

  Ranked best(int count) throws IOException {
    if (legs.size() == 1) {
      Leg leg = legs.getFirst();
      Candidates found = candidates(leg, count);
      double most = leg.lexical() == null ? 1 : leg.lexical().most();
      List<Scored> scored = new ArrayList<>(found.best().size());
      for (Candidate candidate : found.best()) {
        scored.add(new Scored(candidate, Math.min(1, candidate.score() / most), null));
      }
      return new Ranked(scored, found.more());
    }
    return fused(Math.max(count, fusedCandidates));
  }

  private Candidates candidates(Leg leg, int count) throws IOException {
    return leg.lexical() != null && leg.lexical().findsNothing()
        ? Candidates.NONE
        : Candidates.top(searcher, leg.query(), count);
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
    LexicalQuery words = legs.getFirst().lexical();
    if (words == null) {
      return new Explanation("vector similarity, (1 + cosine) / 2", scored.score(), List.of());
    }
    int doc = scored.candidate().luceneDoc();
    for (LexicalQuery.Clause clause : words.clauses()) {
      var given = searcher.explain(clause.query(), doc);
      if (given.isMatch()) {
        why.add(
            new Explanation(
                clause.label(), given.getValue().doubleValue() / words.most(), List.of()));
      }
    }
    return new Explanation("share of the query's words, by BM25", scored.score(), why);
  }
}
