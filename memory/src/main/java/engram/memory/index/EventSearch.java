package engram.memory.index;

import engram.memory.MemoryScope;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopScoreDocCollectorManager;
import org.apache.lucene.search.VectorScorer;
import org.jspecify.annotations.Nullable;

/// Candidates for a question: the best by words, the nearest in meaning, and the latest of the
/// times that it names. BM25 with `k1 = 1.2`, `b = 0.75` and `idf = ln(1 + (N − n + .5) / (n +
/// .5))` (Robertson & Zaragoza 2009), with the owner's own `N` and `n`; lengths are compared with
/// the mean of the whole index.
///
/// Threads: any.
public final class EventSearch {
  private final LogFollower follower;

  public EventSearch(LogFollower follower) {
    this.follower = follower;
  }

  /// What a word is worth to an owner.
  private record Weighed(Term term, double idf, int times) {}

  public Found search(Question question) {
    return follower.look(searcher -> search(searcher, question));
  }

  private static Found search(IndexSearcher searcher, Question question) throws IOException {
    String owner = EventFields.owner(question.scope());
    IndexReader reader = searcher.getIndexReader();
    List<Weighed> words = weighed(reader, owner, question.words());
    @Nullable Query filter = filter(question);
    SortedMap<Integer, Double> byWords = byWords(searcher, words, filter, question.candidates());
    SortedMap<Integer, Double> likeness = byMeaning(searcher, owner, filter, question);
    TreeMap<Integer, Double> all = new TreeMap<>(byWords);
    likeness.keySet().forEach(doc -> all.putIfAbsent(doc, 0.0));
    for (int doc : byTime(searcher, owner, filter, question)) {
      all.putIfAbsent(doc, 0.0);
    }
    String speaker = speaker(reader, owner, question);
    List<Candidate> candidates = new EventValues(reader, owner + speaker).candidates(all, likeness);
    return new Found(candidates, sessions(reader, owner, words, byWords, candidates), speaker);
  }

  private static List<Weighed> weighed(IndexReader reader, String owner, Map<String, Integer> words)
      throws IOException {
    double all = reader.docFreq(new Term(EventFields.OWNER, owner));
    List<Weighed> weighed = new ArrayList<>();
    for (Map.Entry<String, Integer> word : words.entrySet()) {
      Term term = new Term(EventFields.WORDS, owner + word.getKey());
      double with = reader.docFreq(term);
      if (with > 0) {
        weighed.add(new Weighed(term, idf(all, with), word.getValue()));
      }
    }
    return weighed;
  }

  private static double idf(double all, double with) {
    return Math.log(1 + (Math.max(all, with) - with + 0.5) / (with + 0.5));
  }

  /// Null where nothing is to be left out.
  private static @Nullable Query filter(Question question) {
    MemoryScope scope = question.scope();
    BooleanQuery.Builder filter = new BooleanQuery.Builder();
    int clauses = 0;
    if (!scope.agent().equals(MemoryScope.ANY)) {
      filter.add(
          new TermQuery(new Term(EventFields.PLACE, EventFields.agent(scope))), Occur.FILTER);
      clauses++;
    }
    if (!scope.run().equals(MemoryScope.ANY)) {
      filter.add(new TermQuery(new Term(EventFields.PLACE, EventFields.run(scope))), Occur.FILTER);
      clauses++;
    }
    if (question.from() != null || question.to() != null) {
      long from = question.from() == null ? Long.MIN_VALUE : question.from().getEpochSecond();
      long to = question.to() == null ? Long.MAX_VALUE : question.to().getEpochSecond() - 1;
      filter.add(LongPoint.newRangeQuery(EventFields.AT, from, to), Occur.FILTER);
      clauses++;
    }
    return clauses == 0 ? null : filter.build();
  }

  private static SortedMap<Integer, Double> byWords(
      IndexSearcher searcher, List<Weighed> words, @Nullable Query filter, int candidates)
      throws IOException {
    TreeMap<Integer, Double> found = new TreeMap<>();
    if (words.isEmpty()) {
      return found;
    }
    BooleanQuery.Builder query = new BooleanQuery.Builder();
    BooleanQuery.Builder any = new BooleanQuery.Builder();
    for (Weighed word : words) {
      any.add(
          new BoostQuery(new TermQuery(word.term()), (float) (word.idf() * word.times())),
          Occur.SHOULD);
    }
    query.add(any.build(), Occur.MUST);
    if (filter != null) {
      query.add(filter, Occur.FILTER);
    }
    // The count of all matches is nobody's question; so weak ones may be passed over unscored.
    var collector = new TopScoreDocCollectorManager(candidates, null, candidates);
    for (ScoreDoc hit : searcher.search(query.build(), collector).scoreDocs) {
      found.put(hit.doc, (double) hit.score);
    }
    return found;
  }

  private static Query owned(String owner, @Nullable Query filter) {
    BooleanQuery.Builder owned = new BooleanQuery.Builder();
    owned.add(new TermQuery(new Term(EventFields.OWNER, owner)), Occur.FILTER);
    if (filter != null) {
      owned.add(filter, Occur.FILTER);
    }
    return owned.build();
  }

  private static SortedMap<Integer, Double> byMeaning(
      IndexSearcher searcher, String owner, @Nullable Query filter, Question question)
      throws IOException {
    TreeMap<Integer, Double> found = new TreeMap<>();
    List<Float> meaning = question.meaning();
    if (meaning == null) {
      return found;
    }
    float[] vector = new float[meaning.size()];
    for (int at = 0; at < vector.length; at++) {
      vector[at] = meaning.get(at);
    }
    Query query =
        new KnnFloatVectorQuery(
            EventFields.VECTOR, vector, question.candidates(), owned(owner, filter));
    ScoreDoc[] hits = searcher.search(query, question.candidates()).scoreDocs;
    Arrays.sort(hits, Comparator.comparingInt(hit -> hit.doc));
    compareExactly(searcher, hits, vector);
    for (ScoreDoc hit : hits) {
      found.put(hit.doc, 2.0 * hit.score - 1); // Lucene's is (1 + cosine) / 2
    }
    return found;
  }

  /// The walk compared four bits a number; what counts is the cosine of the whole vectors.
  ///
  /// @param hits in the order of documents
  private static void compareExactly(IndexSearcher searcher, ScoreDoc[] hits, float[] vector)
      throws IOException {
    List<LeafReaderContext> leaves = searcher.getLeafContexts();
    @Nullable LeafReaderContext leaf = null;
    @Nullable VectorScorer exact = null;
    for (ScoreDoc hit : hits) {
      LeafReaderContext in = leaves.get(ReaderUtil.subIndex(hit.doc, leaves));
      if (exact == null || in != leaf) {
        leaf = in;
        exact = in.reader().getFloatVectorValues(EventFields.VECTOR).rescorer(vector);
      }
      exact.iterator().advance(hit.doc - in.docBase);
      hit.score = exact.score();
    }
  }

  private static List<Integer> byTime(
      IndexSearcher searcher, String owner, @Nullable Query filter, Question question)
      throws IOException {
    List<Integer> found = new ArrayList<>();
    Sort latest = new Sort(new SortField(EventFields.AT, SortField.Type.LONG, true));
    for (Question.Interval time : question.times()) {
      BooleanQuery query =
          new BooleanQuery.Builder()
              .add(owned(owner, filter), Occur.FILTER)
              .add(
                  LongPoint.newRangeQuery(
                      EventFields.AT, time.from().getEpochSecond(), time.to().getEpochSecond() - 1),
                  Occur.FILTER)
              .build();
      for (ScoreDoc hit : searcher.search(query, question.candidates() / 4, latest).scoreDocs) {
        found.add(hit.doc);
      }
    }
    return found;
  }

  private static String speaker(IndexReader reader, String owner, Question question)
      throws IOException {
    String only = "";
    for (String name : question.names()) {
      if (reader.docFreq(new Term(EventFields.SPEAKER, owner + name)) > 0) {
        if (!only.isEmpty()) {
          return "";
        }
        only = name;
      }
    }
    return only;
  }

  /// A session is worth what a document of all its candidates' words would be: the other turns have
  /// none of the query's words, or too little of them to matter.
  private static Map<Long, Double> sessions(
      IndexReader reader,
      String owner,
      List<Weighed> words,
      SortedMap<Integer, Double> byWords,
      List<Candidate> candidates)
      throws IOException {
    Map<Integer, Long> sessionOf = new HashMap<>();
    Map<Long, Integer> sizes = new HashMap<>();
    int at = 0;
    // Candidates stand in the order of their documents, of which byWords has some.
    for (Candidate candidate : candidates) {
      sizes.merge(candidate.session(), 1, Integer::sum);
    }
    List<Integer> docs = List.copyOf(byWords.keySet());
    for (Candidate candidate : candidates) {
      if (candidate.words() > 0 && at < docs.size()) {
        sessionOf.put(docs.get(at++), candidate.session());
      }
    }
    double all = Math.max(sizes.size(), reader.docFreq(new Term(EventFields.SESSION_START, owner)));
    Map<Long, Double> scores = new HashMap<>();
    for (Weighed word : words) {
      Map<Long, Integer> counts = new HashMap<>();
      EventValues.frequencies(
          reader,
          word.term(),
          byWords.keySet(),
          (doc, count) -> counts.merge(sessionOf.getOrDefault(doc, 0L), count, Integer::sum));
      double idf = idf(all, counts.size());
      counts.forEach((session, count) ->
          scores.merge(session, word.times() * idf * count * 2.2 / (count + 1.2), Double::sum));
    }
    return scores;
  }

  /// A place in a session.
  public record Spot(long session, int position) {}

  /// What lies at places of sessions; nothing where nothing lies, or where it was forgotten.
  public Map<Spot, Candidate> at(MemoryScope scope, String speaker, List<Spot> spots) {
    String owner = EventFields.owner(scope);
    return follower.look(
        searcher -> new EventValues(searcher.getIndexReader(), owner + speaker).at(spots));
  }

  /// The rarest of some words with the owner, rarest first.
  public List<String> rarest(MemoryScope scope, List<String> words, int count) {
    String owner = EventFields.owner(scope);
    return follower.look(searcher -> {
      IndexReader reader = searcher.getIndexReader();
      Map<String, Integer> frequency = new HashMap<>();
      for (String word : words) {
        frequency.put(word, reader.docFreq(new Term(EventFields.WORDS, owner + word)));
      }
      return frequency.keySet().stream()
          .filter(word -> frequency.getOrDefault(word, 0) > 0)
          .sorted(
              Comparator.comparingInt((String word) -> frequency.getOrDefault(word, 0))
                  .thenComparing(word -> word))
          .limit(count)
          .toList();
    });
  }
}
