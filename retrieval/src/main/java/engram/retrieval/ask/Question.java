package engram.retrieval.ask;

import engram.retrieval.ask.Terms.Term;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A question taken apart.
///
/// @param text as it was asked
/// @param content its words that an answer would repeat, each once, in order; at most
///   `CONTENT_TERMS_MAX`
/// @param kind what it asks for; null when that cannot be said
/// @param denies whether it contains a negation
record Question(
    String text, List<Term> content, Lexicon.@Nullable Kind kind, boolean denies, Lexicon lexicon) {
  /// A question may be a pasted page; each content term is compared with each word of the passages.
  static final int CONTENT_TERMS_MAX = 64;

  Question {
    content = List.copyOf(content);
  }

  static Question of(String text) {
    List<Term> terms = Terms.of(text);
    Lexicon lexicon = Lexicon.of(terms);
    List<Term> content = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    Lexicon.Asks asks = lexicon.asks(terms);
    for (int at = 0; at < terms.size(); at++) {
      Term term = terms.get(at);
      boolean letter = term.form().length() == 1 && !term.number() && !term.pair();
      // "How far" is answered by a number of miles, not by "far".
      boolean asking = asks != null && asks.start() <= at && at < asks.end();
      if (!letter
          && !asking
          && !lexicon.isStop(term)
          && content.size() < CONTENT_TERMS_MAX
          && seen.add(term.form())) {
        content.add(term);
      }
    }
    if (content.isEmpty()) {
      terms.stream()
          .filter(term -> seen.add(term.form()))
          .limit(CONTENT_TERMS_MAX)
          .forEach(content::add);
    }
    return new Question(
        text, content, asks == null ? null : asks.kind(), lexicon.denies(terms), lexicon);
  }

  /// Whether a term names something: a number, or a capitalised word that does not begin the
  /// question.
  boolean names(Term term) {
    return term.number() || (term.capitalised() && term.start() > 0 && !lexicon.capitalisesNouns());
  }
}
