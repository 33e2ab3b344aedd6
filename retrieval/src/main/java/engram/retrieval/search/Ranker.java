package engram.retrieval.search;

import engram.retrieval.Access;
import engram.retrieval.Analysis;
import engram.retrieval.Calibration;
import engram.retrieval.Explanation;
import engram.retrieval.RankingOptions;
import engram.retrieval.SearchRequest;
import engram.retrieval.fuse.Fusion;
import engram.retrieval.index.AccessQuery;
import engram.retrieval.index.IndexView;
import engram.retrieval.index.Scope;
import engram.retrieval.index.TextAnalysis.QueryTerm;
import engram.retrieval.search.Candidates.Candidate;
import engram.retrieval.search.ChunkRows.Calibrated;
import engram.retrieval.search.ChunkRows.Served;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.lucene.index.QueryTimeout;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.jspecify.annotations.Nullable;

/// Ranks the permitted chunks for one request in one view. One thread.
///
/// Each collection is searched by itself and scored by its own word frequencies; the lists of
/// several are merged by score, which is a share of the query and so means the same in each.
final class Ranker {
  private static final String NOTE_SIMILAR =
      "nothing that is searched here has the query's words: similar words were searched for";

  private final Fusion fusion;
  private final int fusedCandidates;
  private final RankingOptions options;
  private final int comparedMax;
  private final List<Place> places;
  private final SecondHop.Rows rows;
  private final List<String> notes;
  private final List<Leg> legs = new ArrayList<>();

  /// The queries' words, for each query in each place, whether they rank or not.
  private final List<List<LexicalQuery>> words = new ArrayList<>();

  private final Set<QueryTerm> terms = new LinkedHashSet<>();
  private boolean widened;

  /// The queries' vectors by one model.
  ///
  /// @param vectors one per query
  record Embedded(String model, List<float[]> vectors) {}

  /// A collection as the caller may see it.
  ///
  /// @param calibration by which its words are ranked
  /// @param narrowing null for all of it
  /// @param feedback the share of a query's weight that the first hits' words get
  record Place(
      Scope scope,
      Analysis analysis,
      Calibration calibration,
      IndexSearcher searcher,
      @Nullable Query narrowing,
      double feedback) {}

  /// One list: of a query's words, or of the chunks nearest to its vector.
  ///
  /// @param query index of the query
  /// @param nearest null for a list of words; in it null for a place without vectors
  record Leg(String label, double weight, int query, @Nullable List<@Nullable Nearest> nearest) {}

  /// @param own by the lists alone
  /// @param parts what each list gave; null where nothing was fused
  /// @param bridge what led to it besides; null where nothing did
  /// @param repeated the share of what it has of the query that better hits have too, where that
  ///   counts; see [Coverage]
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Scored(
      Candidate candidate,
      double own,
      double @Nullable [] parts,
      SecondHop.@Nullable Bridge bridge,
      double repeated) {
    Scored(
        Candidate candidate,
        double own,
        double @Nullable [] parts,
        SecondHop.@Nullable Bridge bridge) {
      this(candidate, own, parts, bridge, 0);
    }

    Scored repeating(double share) {
      return new Scored(candidate, own, parts, bridge, share);
    }

    /// Its own score without what is repeated.
    double kept() {
      return own * (1 - Coverage.WEIGHT * repeated);
    }

    double score() {
      double kept = kept();
      return bridge == null ? kept : kept + bridge.gain(kept);
    }
  }

  record Ranked(List<Scored> best, boolean more) {}

  private Ranker(
      Fusion fusion,
      int fusedCandidates,
      RankingOptions options,
      int comparedMax,
      List<Place> places,
      SecondHop.Rows rows,
      List<String> notes) {
    this.fusion = fusion;
    this.fusedCandidates = fusedCandidates;
    this.options = options;
    this.comparedMax = comparedMax;
    this.places = places;
    this.rows = rows;
    this.notes = notes;
  }

  /// @param searched of the request's collections without repetitions
  /// @param embedded for each of them; null for one without a vector list
  /// @param rows those that the caller may read
  /// @param notes gets what the reader of the hits should know
  static Ranker of(
      Access access,
      SearchRequest request,
      IndexView view,
      List<Served> searched,
      SearchSettings settings,
      List<@Nullable Embedded> embedded,
      SecondHop.Rows rows,
      List<String> notes)
      throws IOException {
    List<Place> places = new ArrayList<>();
    List<String> collections = List.copyOf(new LinkedHashSet<>(request.collections()));
    for (int i = 0; i < collections.size(); i++) {
      places.add(
          place(access, request, collections.get(i), searched.get(i), view, settings.timeout()));
    }
    Calibrated shared =
        shared(request.ranking(), searched.stream().map(Served::calibrated).toList());
    int depth = depth(request, settings.candidates());
    Fusion fusion = Fusions.named(request.ranking().fusion(), shared.fitted());
    Ranker ranker =
        new Ranker(fusion, depth, request.ranking(), view.comparedMax(), places, rows, notes);
    ranker.addLegs(request, weights(request, shared), embedded);
    return ranker;
  }

  private static Place place(
      Access access,
      SearchRequest request,
      String collection,
      Served searched,
      IndexView view,
      Duration timeout) {
    Scope scope = Scope.of(access.tenant(), collection, searched.build());
    Calibration tried = request.ranking().calibration();
    Calibration calibration = tried == null ? searched.calibrated().calibration() : tried;
    Double asked = request.ranking().feedback();
    IndexSearcher searcher = view.searcher(scope, timeout.toMillis());
    searcher.setSimilarity(new BM25Similarity((float) calibration.k1(), (float) calibration.b()));
    return new Place(
        scope,
        searched.analysis(),
        calibration,
        searcher,
        AccessQuery.narrowing(scope, access, request.filter()),
        asked == null ? calibration.feedback() : asked);
  }

  /// What holds for all lists: of several collections none's calibration does.
  private static Calibrated shared(RankingOptions options, List<Calibrated> known) {
    if (options.calibration() != null) {
      return new Calibrated(options.calibration(), true);
    }
    return known.size() == 1 ? known.getFirst() : Calibrated.NOT;
  }

  private static SearchRequest.Weights weights(SearchRequest request, Calibrated shared) {
    if (request.weights() != null) {
      return request.weights();
    }
    double text = shared.calibration().textWeight();
    return new SearchRequest.Weights(text, 1 - text);
  }

  private void addLegs(
      SearchRequest request, SearchRequest.Weights weights, List<@Nullable Embedded> embedded)
      throws IOException {
    boolean vectorLists = embedded.stream().anyMatch(Objects::nonNull);
    // Without vectors the words are all there is, whatever they were to weigh.
    boolean wordLists = weights.text() > 0 || !vectorLists;
    for (int i = 0; i < request.queries().size(); i++) {
      String of = request.queries().size() == 1 ? "" : " " + (i + 1);
      words.add(lexical(request.queries().get(i)));
      if (wordLists) {
        legs.add(new Leg("words" + of, weights.text() > 0 ? weights.text() : 1, i, null));
      }
      if (vectorLists) {
        legs.add(new Leg("vectors" + of, weights.embedding(), i, nearest(i, embedded)));
      }
    }
    if (wordLists && terms.isEmpty()) {
      notes.add(LuceneRetriever.NOTE_NO_WORDS);
    }
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
      LexicalQuery parsed =
          LexicalQuery.parse(
              query, place.analysis(), place.calibration(), place.scope(), place.searcher());
      terms.addAll(parsed.terms()); // highlights need them even where they do not rank
      lexical.add(parsed);
    }
    return lexical;
  }

  private List<@Nullable Nearest> nearest(int query, List<@Nullable Embedded> embedded) {
    List<@Nullable Nearest> nearest = new ArrayList<>(places.size());
    for (Embedded by : embedded) {
      nearest.add(by == null ? null : Nearest.to(by.vectors().get(query), by.model(), comparedMax));
    }
    return nearest;
  }

  /// The words of all queries.
  List<QueryTerm> terms() {
    return List.copyOf(terms);
  }

  boolean timedOut() {
    return places.stream().map(Place::searcher).anyMatch(Ranker::timedOut);
  }

  private static boolean timedOut(IndexSearcher searcher) {
    QueryTimeout timeout = searcher.getTimeout(); // searches by vectors do not go by the searcher
    return searcher.timedOut() || (timeout != null && timeout.shouldExit());
  }

  Ranked best(int count) throws IOException {
    int wanted = options.hops() > 0 ? Math.max(count, fusedCandidates) : count;
    Ranked own = own(wanted);
    if ((own.best().isEmpty() || wordsFindNothing(own)) && widen()) {
      own = own(wanted);
    }
    return options.hops() > 0 ? withHops(own) : own;
  }

  /// By the lists alone.
  private Ranked own(int count) throws IOException {
    if (legs.size() > 1) {
      return fused(Math.max(count, fusedCandidates));
    }
    Candidates found = candidates(legs.getFirst(), count, Candidates.NONE);
    List<Scored> scored = new ArrayList<>(found.best().size());
    for (Candidate candidate : found.best()) {
      scored.add(new Scored(candidate, candidate.score(), null, null));
    }
    return new Ranked(scored, found.more());
  }

  /// Whether only words are looked for and nothing that the caller may read has any that says
  /// something. Vectors know a word by its meaning, in other languages too, where a word that looks
  /// like it is noise.
  ///
  /// @param own not empty
  private boolean wordsFindNothing(Ranked own) throws IOException {
    if (legs.stream().anyMatch(leg -> leg.nearest() != null)) {
      return false;
    }
    Candidate first = own.best().getFirst().candidate();
    for (List<LexicalQuery> query : words) {
      if (query.get(first.place()).says(first.luceneDoc())) {
        return false; // as nearly always
      }
    }
    for (List<LexicalQuery> query : words) {
      for (int place = 0; place < places.size(); place++) {
        if (query.get(place).findsContent(places.get(place).narrowing())) {
          return false;
        }
      }
    }
    return true;
  }

  /// For a search whose words find nothing: looks for similar words too.
  ///
  /// @return whether there are any
  private boolean widen() throws IOException {
    boolean could = false;
    for (List<LexicalQuery> each : widened ? List.<List<LexicalQuery>>of() : words) {
      for (int place = 0; place < each.size(); place++) {
        if (!each.get(place).content().isEmpty()) {
          each.set(place, each.get(place).withSimilarWords());
          could = true;
        }
      }
    }
    widened = true;
    if (could) {
      notes.add(NOTE_SIMILAR);
    }
    return could;
  }

  private Ranked withHops(Ranked own) throws IOException {
    Hops further =
        new Hops(
            options.hops(),
            place ->
                new SecondHop(
                    places.get(place).searcher(),
                    words.getFirst().get(place),
                    place,
                    places.get(place).narrowing(),
                    rows),
            rows);
    List<Scored> ranked = further.from(own.best());
    return new Ranked(new Coverage(places, words.getFirst()).ordered(ranked), own.more());
  }

  /// @param byWords where a walk for the nearest starts
  private Candidates candidates(Leg leg, int count, Candidates byWords) throws IOException {
    List<Candidates> each = new ArrayList<>(places.size());
    for (int place = 0; place < places.size(); place++) {
      each.add(candidates(leg, place, count, byWords));
    }
    return Candidates.merged(each, count);
  }

  private Candidates candidates(Leg leg, int place, int count, Candidates byWords)
      throws IOException {
    if (leg.nearest() != null) {
      Nearest nearest = leg.nearest().get(place);
      if (nearest == null) {
        return Candidates.NONE;
      }
      Place in = places.get(place);
      Query permitted =
          in.narrowing() == null ? AccessQuery.everything(in.scope()) : in.narrowing();
      List<Candidate> seeds = byWords.in(place);
      return nearest.top(in.searcher(), place, permitted, fusedCandidates, count, seeds);
    }
    List<LexicalQuery> query = words.get(leg.query());
    if (query.get(place).findsNothing()) {
      return Candidates.NONE;
    }
    if (places.get(place).feedback() > 0 && !query.get(place).fedBack()) {
      query.set(place, fedBack(query.get(place), place));
    }
    return top(query.get(place), place, count);
  }

  private Candidates top(LexicalQuery query, int place, int count) throws IOException {
    Place in = places.get(place);
    return Candidates.top(in.searcher(), place, query.under(in.narrowing()), count, query.most());
  }

  private LexicalQuery fedBack(LexicalQuery query, int place) throws IOException {
    List<Candidate> best = top(query, place, Feedback.CHUNKS).best();
    Map<Long, ChunkRow> texts = rows.of(best);
    List<Feedback.First> first = new ArrayList<>();
    for (Candidate candidate : best) {
      ChunkRow text = texts.get(candidate.chunkId());
      if (text != null) {
        first.add(new Feedback.First(candidate.score(), text));
      }
    }
    return query.fedBack(Feedback.terms(query, first, places.get(place).feedback()));
  }

  private Ranked fused(int count) throws IOException {
    List<Fusion.Ranking> rankings = new ArrayList<>(legs.size());
    Map<Long, Candidate> byId = new HashMap<>();
    boolean more = false;
    Candidates byWords = Candidates.NONE;
    for (Leg leg : legs) {
      Candidates found = candidates(leg, count, byWords);
      byWords = leg.nearest() == null ? found : byWords;
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
      scored.add(new Scored(candidate, fused.score(), fused.parts(), null));
    }
    return new Ranked(scored, more);
  }

  /// Why a chunk scores what it does: what each word, or each list, gave, and what led to it.
  Explanation explain(Scored scored) throws IOException {
    return new Explaining(fusion, legs, words, places).explain(scored);
  }
}
