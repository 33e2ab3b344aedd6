package engram.retrieval.search;

import engram.retrieval.Analysis;
import engram.retrieval.Calibration;
import engram.retrieval.index.ChunkFields;
import engram.retrieval.index.Scope;
import engram.retrieval.index.TextAnalysis;
import engram.retrieval.index.TextAnalysis.QueryTerm;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.TermStates;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.CollectionStatistics;
import org.apache.lucene.search.FuzzyQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.PhraseQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;
import org.jspecify.annotations.Nullable;

/// A free text as a BM25 query: the sum over its words, in the text and in the title, of `boost *
/// idf * tf` with `tf < 1`; words in double quotes count again where they stand together.
///
/// Frequencies are those of one collection: see [Scope].
///
/// No text is a syntax error: there is no syntax, quotes apart.
///
/// The score in `[0, 1]` is the share of what a chunk could reach that has every word everywhere it
/// occurs at all: the sum of `boost * idf`. A word that no chunk has counts too, so a question
/// about something unknown scores low.
final class LexicalQuery {
  /// Words beyond are left out: those that no chunk has, then the commonest.
  static final int WORDS_MAX = 64;

  private static final int WORDS_READ_MAX = 1_024;
  private static final int FUZZY_CHARS_MIN = 4;
  private static final int FUZZY_CHARS_FOR_TWO_EDITS = 7;
  private static final int FUZZY_WORDS_MAX = 20;
  private static final int PHRASES_MAX = 8;
  private static final int PHRASE_WORDS_MAX = 16;

  /// As they are set in the languages of the world: "…", “…”, „…“, «…», »…«, 「…」, 『…』, ＂…＂.
  private static final Pattern QUOTED =
      Pattern.compile("[\"“„«»＂「『]([^\"“”„«»＂「」『』]{2,400})[\"”“»«＂」』]");

  /// One summand.
  ///
  /// @param word null for a phrase or a likeness
  /// @param most what it gives at most: its boost times its idf
  record Clause(String label, @Nullable String word, Query query, double most) {}

  private final List<QueryTerm> terms;
  private final List<QueryTerm> content;
  private final List<Clause> clauses;
  private final double most;
  private final boolean fedBack;
  private final boolean findsContent;
  private final Frequencies texts;
  private final Frequencies titles;
  private final float titleWeight;

  private LexicalQuery(Sum sum) {
    this.terms = List.copyOf(sum.terms);
    this.content = List.copyOf(sum.content);
    this.clauses = List.copyOf(sum.clauses);
    this.most = sum.most;
    this.fedBack = sum.fedBack;
    this.findsContent = sum.findsContent;
    this.texts = sum.texts;
    this.titles = sum.titles;
    this.titleWeight = sum.titleWeight;
  }

  /// @param analysis of the scope's build
  /// @param calibration says what function words and titles count
  /// @param searcher of the scope
  static LexicalQuery parse(
      String text, Analysis analysis, Calibration calibration, Scope scope, IndexSearcher searcher)
      throws IOException {
    Frequencies texts = new Frequencies("text", ChunkFields.TEXT, scope::text, searcher);
    Frequencies titles = new Frequencies("title", ChunkFields.TITLE, scope::title, searcher);
    List<Weighed> weighed = new ArrayList<>();
    double functionWords = calibration.functionWordWeight();
    for (QueryTerm term : TextAnalysis.queryTerms(text, analysis, WORDS_READ_MAX, functionWords)) {
      weighed.add(texts.weigh(term));
    }
    if (weighed.size() > WORDS_MAX) {
      weighed.sort(
          Comparator.comparing(Weighed::found).thenComparingDouble(Weighed::most).reversed());
      weighed = weighed.subList(0, WORDS_MAX);
    }
    Sum sum = new Sum(texts, titles, (float) calibration.titleWeight());
    for (Weighed term : weighed) {
      sum.addOwn(term);
    }
    for (Clause phrase : phrases(text, analysis, texts)) {
      sum.add(phrase);
    }
    return sum.query();
  }

  /// This and the words that its first hits share; see [Feedback].
  LexicalQuery fedBack(List<QueryTerm> more) throws IOException {
    Sum sum = new Sum(this);
    sum.fedBack = true;
    for (QueryTerm term : more) {
      sum.add(texts.weigh(term), " (feedback)");
    }
    return sum.query();
  }

  boolean fedBack() {
    return fedBack;
  }

  /// This with words that resemble its own: their parts, where the index has both parts of a
  /// compound, and words at a small edit distance. For queries of which the reader finds nothing
  /// but function words; a search that finds more is not made vaguer by it.
  LexicalQuery withSimilarWords() throws IOException {
    Sum sum = new Sum(this);
    for (QueryTerm word : content()) {
      for (String part : Compounds.split(word.term(), texts::count)) {
        QueryTerm weaker = new QueryTerm(part, word.weight() / 2);
        sum.add(texts.weigh(weaker), " (part of " + word.word() + ")");
      }
      if (word.term().length() >= FUZZY_CHARS_MIN) {
        sum.add(texts.similar(word));
      }
    }
    return sum.query();
  }

  /// The query's own words that say what is looked for; [#withSimilarWords] could find more if
  /// there are any.
  List<QueryTerm> content() {
    return content;
  }

  /// Whether a chunk has one of them.
  ///
  /// @param doc its number in the view
  boolean says(int doc) throws IOException {
    List<LeafReaderContext> leaves = texts.searcher().getLeafContexts();
    LeafReaderContext leaf = leaves.get(ReaderUtil.subIndex(doc, leaves));
    for (QueryTerm word : content()) {
      PostingsEnum chunks =
          leaf.reader().postings(texts.terms().apply(word.term()), PostingsEnum.NONE);
      if (chunks != null && chunks.advance(doc - leaf.docBase) == doc - leaf.docBase) {
        return true;
      }
    }
    return false;
  }

  /// Whether a permitted chunk has one of them. Of what others may read nothing is told.
  boolean findsContent(@Nullable Query permitted) throws IOException {
    if (!findsContent || permitted == null) {
      return findsContent;
    }
    BooleanQuery.Builder any = new BooleanQuery.Builder();
    any.add(permitted, Occur.FILTER);
    for (QueryTerm word : content()) {
      any.add(new TermQuery(texts.terms().apply(word.term())), Occur.SHOULD);
    }
    any.setMinimumNumberShouldMatch(1);
    return texts.searcher().search(any.build(), 1).scoreDocs.length > 0;
  }

  /// What is added up so far.
  private static final class Sum {
    private final List<QueryTerm> terms = new ArrayList<>();
    private final List<QueryTerm> content = new ArrayList<>();
    private final List<Clause> clauses = new ArrayList<>();
    private final Frequencies texts;
    private final Frequencies titles;
    private final float titleWeight;
    private double most;
    private boolean fedBack;
    private boolean findsContent;

    Sum(Frequencies texts, Frequencies titles, float titleWeight) {
      this.texts = texts;
      this.titles = titles;
      this.titleWeight = titleWeight;
    }

    Sum(LexicalQuery known) {
      this(known.texts, known.titles, known.titleWeight);
      terms.addAll(known.terms);
      content.addAll(known.content);
      clauses.addAll(known.clauses);
      most = known.most;
      fedBack = known.fedBack;
      findsContent = known.findsContent;
    }

    void addOwn(Weighed word) throws IOException {
      add(word, "");
      if (!word.term().functionWord()) {
        content.add(word.term());
        findsContent |= word.found();
      }
    }

    void add(Weighed word, String why) throws IOException {
      terms.add(word.term());
      most += word.most();
      if (!word.found()) {
        return;
      }
      clauses.add(texts.clause(word, 1, why));
      if (titleWeight > 0) {
        addTitle(titles.weigh(word.term()), why);
      }
    }

    private void addTitle(Weighed title, String why) {
      if (title.found()) {
        clauses.add(titles.clause(title, titleWeight, why));
        most += title.most() * titleWeight;
      }
    }

    void add(Clause clause) {
      clauses.add(clause);
      most += clause.most();
    }

    LexicalQuery query() {
      return new LexicalQuery(this);
    }
  }

  /// A word of the query in one field.
  private record Weighed(QueryTerm term, TermStates states, double most) {
    boolean found() {
      return states.docFreq() > 0;
    }
  }

  /// How often words stand in one field of the collection.
  ///
  /// @param name as explanations call the field
  private record Frequencies(
      String name, Function<String, Term> terms, IndexSearcher searcher, long chunks) {
    Frequencies(String name, String field, Function<String, Term> terms, IndexSearcher searcher)
        throws IOException {
      this(name, terms, searcher, chunks(searcher.collectionStatistics(field)));
    }

    private static long chunks(@Nullable CollectionStatistics statistics) {
      return statistics == null ? 0 : statistics.docCount();
    }

    double wordsPerChunk() throws IOException {
      CollectionStatistics statistics = searcher.collectionStatistics(ChunkFields.TEXT);
      return statistics == null
          ? 1
          : (double) statistics.sumTotalTermFreq() / statistics.docCount();
    }

    Weighed weigh(QueryTerm word) throws IOException {
      TermStates states = TermStates.build(searcher, terms.apply(word.term()), true);
      return new Weighed(word, states, word.weight() * idf(states.docFreq()));
    }

    int count(String word) throws IOException {
      return searcher.getIndexReader().docFreq(terms.apply(word));
    }

    /// Words at an edit distance of 1, or 2 for longer ones, with the same first letter. The word
    /// itself is counted in the sum already, and none of these is worth more.
    Clause similar(QueryTerm word) {
      Term term = terms.apply(word.term());
      int keyLength = term.text().length() - word.term().length();
      int edits = word.term().length() < FUZZY_CHARS_FOR_TWO_EDITS ? 1 : 2;
      Query query = new FuzzyQuery(term, edits, keyLength + 1, FUZZY_WORDS_MAX, true);
      return new Clause(
          name + ": like " + word.word(), null, new BoostQuery(query, word.weight() / 2), 0);
    }

    Clause clause(Weighed word, float boost, String why) {
      Query query = new TermQuery(terms.apply(word.term().term()), word.states());
      float all = boost * word.term().weight();
      return new Clause(
          name + ": " + named(word.term()) + why,
          word.term().term(),
          all == 1 ? query : new BoostQuery(query, all),
          word.most() * boost);
    }

    /// The query's own word, and the form of it that is looked for where that is another.
    private static String named(QueryTerm word) {
      return word.word().equalsIgnoreCase(word.term())
          ? word.term()
          : word.word() + " (as " + word.term() + ")";
    }

    /// Lucene's, see BM25Similarity.
    double idf(long docFreq) {
      return Math.log(1 + (Math.max(chunks, docFreq) - docFreq + 0.5) / (docFreq + 0.5));
    }
  }

  private static List<Clause> phrases(String text, Analysis analysis, Frequencies texts)
      throws IOException {
    List<Clause> phrases = new ArrayList<>();
    Matcher quoted = QUOTED.matcher(text);
    while (phrases.size() < PHRASES_MAX && quoted.find()) {
      List<String> words = TextAnalysis.phrase(quoted.group(1), text, analysis);
      if (words.size() < 2 || words.size() > PHRASE_WORDS_MAX) {
        continue;
      }
      double most = 0;
      boolean found = true;
      PhraseQuery.Builder phrase = new PhraseQuery.Builder();
      for (String word : words) {
        Weighed weighed = texts.weigh(new QueryTerm(word, 1));
        found &= weighed.found();
        most += weighed.most();
        phrase.add(texts.terms().apply(word));
      }
      if (found) {
        String label = texts.name() + ": \"" + String.join(" ", words) + "\"";
        phrases.add(new Clause(label, null, phrase.build(), most));
      }
    }
    return phrases;
  }

  /// Nothing of it is in the index, or there is no word in it.
  boolean findsNothing() {
    return clauses.isEmpty();
  }

  boolean hasWords() {
    return !terms.isEmpty();
  }

  List<Clause> clauses() {
    return clauses;
  }

  List<QueryTerm> terms() {
    return terms;
  }

  /// How much a word that so many chunks have weighs.
  double idf(int chunks) {
    return texts.idf(chunks);
  }

  /// In how many chunks a word stands.
  int count(String word) throws IOException {
    return texts.count(word);
  }

  /// The collection's chunks, and the words in one of them on average.
  long chunks() {
    return texts.chunks();
  }

  double wordsPerChunk() throws IOException {
    return texts.wordsPerChunk();
  }

  /// Chunks that have each of these words in the text or in the title, scored by some words of this
  /// query.
  ///
  /// @param scoring words of this query; others are left out
  Query holding(
      List<String> words, boolean inTitle, Set<String> scoring, @Nullable Query permitted) {
    Frequencies field = inTitle ? titles : texts;
    BooleanQuery.Builder query = new BooleanQuery.Builder();
    if (permitted != null) {
      query.add(permitted, Occur.FILTER);
    }
    for (String word : words) {
      query.add(new TermQuery(field.terms().apply(word)), Occur.FILTER);
    }
    for (Clause clause : clauses) {
      if (clause.word() != null && scoring.contains(clause.word())) {
        query.add(clause.query(), Occur.SHOULD);
      }
    }
    return query.build();
  }

  /// What a chunk's BM25 sum would have to be for a score of 1.
  double most() {
    return most;
  }

  /// One flat disjunction: Lucene skips best through those.
  ///
  /// @param permitted null for the whole collection
  Query under(@Nullable Query permitted) {
    BooleanQuery.Builder query = new BooleanQuery.Builder();
    if (permitted != null) {
      query.add(permitted, Occur.FILTER);
    }
    for (Clause clause : clauses) {
      query.add(clause.query(), Occur.SHOULD);
    }
    return query.setMinimumNumberShouldMatch(1).build();
  }
}
