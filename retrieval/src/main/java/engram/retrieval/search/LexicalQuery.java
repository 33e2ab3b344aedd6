package engram.retrieval.search;

import engram.retrieval.index.ChunkFields;
import engram.retrieval.index.TextAnalysis;
import engram.retrieval.index.TextAnalysis.QueryTerm;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.TermStates;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.CollectionStatistics;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.PhraseQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;
import org.jspecify.annotations.Nullable;

/// A free text as a BM25 query: the sum over its words, in the text and in the title, of `boost *
/// idf * tf` with `tf < 1`; words in double quotes count again where they stand together.
///
/// No text is a syntax error: there is no syntax, quotes apart.
///
/// The score in `[0, 1]` is the share of what a chunk could reach that has every word everywhere it
/// occurs at all: the sum of `boost * idf`. A word that no chunk has counts too, so a question
/// about something unknown scores low.
final class LexicalQuery {
  /// Words beyond are the commonest, and left out.
  static final int WORDS_MAX = 64;

  private static final int WORDS_READ_MAX = 1_024;
  private static final int PHRASES_MAX = 8;
  private static final int PHRASE_WORDS_MAX = 16;
  private static final Pattern QUOTED = Pattern.compile("[\"“„]([^\"“”„]{2,400})[\"”“]");

  /// One summand.
  ///
  /// @param most what it gives at most: its boost times its idf
  record Clause(String label, Query query, double most) {}

  private final List<QueryTerm> terms;
  private final List<Clause> clauses;
  private final double most;

  private LexicalQuery(List<QueryTerm> terms, List<Clause> clauses, double most) {
    this.terms = terms;
    this.clauses = clauses;
    this.most = most;
  }

  static LexicalQuery parse(String text, IndexSearcher searcher) throws IOException {
    List<Weighed> weighed = new ArrayList<>();
    CollectionStatistics texts = searcher.collectionStatistics(ChunkFields.TEXT);
    for (QueryTerm term : TextAnalysis.queryTerms(text, WORDS_READ_MAX)) {
      weighed.add(Weighed.of(term, ChunkFields.TEXT, texts, searcher));
    }
    if (weighed.size() > WORDS_MAX) {
      weighed.sort(Comparator.comparingDouble(Weighed::most).reversed());
      weighed = weighed.subList(0, WORDS_MAX);
    }
    List<Clause> clauses = new ArrayList<>(2 * weighed.size());
    CollectionStatistics titles = searcher.collectionStatistics(ChunkFields.TITLE);
    double most = 0;
    for (Weighed term : weighed) {
      most += term.most();
      if (term.found()) {
        clauses.add(term.clause(1));
        Weighed title = Weighed.of(term.term(), ChunkFields.TITLE, titles, searcher);
        if (title.found()) {
          clauses.add(title.clause(ChunkFields.TITLE_BOOST));
          most += title.most() * ChunkFields.TITLE_BOOST;
        }
      }
    }
    for (Clause phrase : phrases(text, texts, searcher)) {
      clauses.add(phrase);
      most += phrase.most();
    }
    return new LexicalQuery(weighed.stream().map(Weighed::term).toList(), clauses, most);
  }

  private record Weighed(QueryTerm term, TermStates states, String field, double most) {
    static Weighed of(
        QueryTerm term,
        String field,
        @Nullable CollectionStatistics statistics,
        IndexSearcher searcher)
        throws IOException {
      TermStates states = TermStates.build(searcher, new Term(field, term.term()), true);
      long docs = statistics == null ? 0 : statistics.docCount();
      return new Weighed(term, states, field, term.weight() * idf(states.docFreq(), docs));
    }

    boolean found() {
      return states.docFreq() > 0;
    }

    Clause clause(float boost) {
      Query query = new TermQuery(new Term(field, term.term()), states);
      float all = boost * term.weight();
      return new Clause(
          field + ": " + term.term(), all == 1 ? query : new BoostQuery(query, all), most * boost);
    }
  }

  /// Lucene's, see BM25Similarity.
  private static double idf(long docFreq, long docCount) {
    return Math.log(1 + (Math.max(docCount, docFreq) - docFreq + 0.5) / (docFreq + 0.5));
  }

  private static List<Clause> phrases(
      String text, @Nullable CollectionStatistics statistics, IndexSearcher searcher)
      throws IOException {
    if (statistics == null
        || (text.indexOf('"') < 0 && text.indexOf('“') < 0 && text.indexOf('„') < 0)) {
      return List.of();
    }
    List<Clause> phrases = new ArrayList<>();
    Matcher quoted = QUOTED.matcher(text);
    while (phrases.size() < PHRASES_MAX && quoted.find()) {
      List<String> words = TextAnalysis.phrase(quoted.group(1), text);
      if (words.size() < 2 || words.size() > PHRASE_WORDS_MAX) {
        continue;
      }
      double most = 0;
      boolean found = true;
      for (String word : words) {
        Term term = new Term(ChunkFields.TEXT, word);
        int docFreq = TermStates.build(searcher, term, true).docFreq();
        found &= docFreq > 0;
        most += idf(docFreq, statistics.docCount());
      }
      if (found) {
        Query phrase = new PhraseQuery(ChunkFields.TEXT, words.toArray(String[]::new));
        phrases.add(new Clause("text: \"" + String.join(" ", words) + "\"", phrase, most));
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

  /// What a chunk's BM25 sum would have to be for a score of 1.
  double most() {
    return most;
  }

  /// One flat disjunction: Lucene skips best through those.
  Query under(Query permitted) {
    BooleanQuery.Builder query = new BooleanQuery.Builder();
    query.add(permitted, Occur.FILTER);
    for (Clause clause : clauses) {
      query.add(clause.query(), Occur.SHOULD);
    }
    return query.setMinimumNumberShouldMatch(1).build();
  }
}
