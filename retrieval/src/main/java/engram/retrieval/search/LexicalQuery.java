package engram.retrieval.search;

import engram.retrieval.index.ChunkFields;
import engram.retrieval.index.Scope;
import engram.retrieval.index.TextAnalysis;
import engram.retrieval.index.TextAnalysis.QueryTerm;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
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
/// Frequencies are those of one collection: see [Scope].
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

  /// @param searcher of the scope
  static LexicalQuery parse(String text, Scope scope, IndexSearcher searcher) throws IOException {
    Frequencies texts = new Frequencies("text", ChunkFields.TEXT, scope::text, searcher);
    Frequencies titles = new Frequencies("title", ChunkFields.TITLE, scope::title, searcher);
    List<Weighed> weighed = new ArrayList<>();
    for (QueryTerm term : TextAnalysis.queryTerms(text, WORDS_READ_MAX)) {
      weighed.add(texts.weigh(term));
    }
    if (weighed.size() > WORDS_MAX) {
      weighed.sort(Comparator.comparingDouble(Weighed::most).reversed());
      weighed = weighed.subList(0, WORDS_MAX);
    }
    List<Clause> clauses = new ArrayList<>(2 * weighed.size());
    double most = 0;
    for (Weighed term : weighed) {
      most += term.most();
      if (term.found()) {
        clauses.add(texts.clause(term, 1));
        Weighed title = titles.weigh(term.term());
        if (title.found()) {
          clauses.add(titles.clause(title, ChunkFields.TITLE_BOOST));
          most += title.most() * ChunkFields.TITLE_BOOST;
        }
      }
    }
    for (Clause phrase : phrases(text, texts)) {
      clauses.add(phrase);
      most += phrase.most();
    }
    return new LexicalQuery(weighed.stream().map(Weighed::term).toList(), clauses, most);
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

    Weighed weigh(QueryTerm word) throws IOException {
      TermStates states = TermStates.build(searcher, terms.apply(word.term()), true);
      return new Weighed(word, states, word.weight() * idf(states.docFreq()));
    }

    Clause clause(Weighed word, float boost) {
      Query query = new TermQuery(terms.apply(word.term().term()), word.states());
      float all = boost * word.term().weight();
      return new Clause(
          name + ": " + word.term().term(),
          all == 1 ? query : new BoostQuery(query, all),
          word.most() * boost);
    }

    /// Lucene's, see BM25Similarity.
    double idf(long docFreq) {
      return Math.log(1 + (Math.max(chunks, docFreq) - docFreq + 0.5) / (docFreq + 0.5));
    }
  }

  private static List<Clause> phrases(String text, Frequencies texts) throws IOException {
    if (text.indexOf('"') < 0 && text.indexOf('“') < 0 && text.indexOf('„') < 0) {
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
      PhraseQuery.Builder phrase = new PhraseQuery.Builder();
      for (String word : words) {
        Weighed weighed = texts.weigh(new QueryTerm(word, 1));
        found &= weighed.found();
        most += weighed.most();
        phrase.add(texts.terms().apply(word));
      }
      if (found) {
        String label = texts.name() + ": \"" + String.join(" ", words) + "\"";
        phrases.add(new Clause(label, phrase.build(), most));
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
