package engram.retrieval.ask;

import engram.retrieval.Access;
import engram.retrieval.Answer;
import engram.retrieval.Answer.Citation;
import engram.retrieval.Answerer.AnswerListener;
import engram.retrieval.AskRequest;
import engram.retrieval.AskRequest.Mode;
import engram.retrieval.Hit;
import engram.retrieval.SearchRequest;
import engram.retrieval.Span;
import engram.retrieval.ask.Terms.Term;
import engram.retrieval.cite.Citations;
import engram.retrieval.cite.Sentences;
import engram.retrieval.guard.InstructionDetector;
import engram.retrieval.pack.ModelTokens;
import engram.retrieval.pack.PackSettings;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;

/// How well a set's questions are answered by quoting, beside the plainest ways to do it. A hit is
/// strict: the gold answer's own place in the gold paragraph lies within a quote.
///
/// @param answeredHits answerable questions that got quotes and one of them holds the gold answer
/// @param quoteHits the same if nothing is ever refused
/// @param firstQuoteHits the same, counting one quote only
/// @param firstSentenceHits baseline: the first sentence of the best paragraph
/// @param overlapHits baseline: the sentence of the ten paragraphs with most words of the question
/// @param refusedRightly unanswerable questions with outcome `Unsupported`
record AnswerQuality(
    String set,
    int answerable,
    int unanswerable,
    int answeredHits,
    int quoteHits,
    int firstQuoteHits,
    int firstSentenceHits,
    int overlapHits,
    int quotes,
    int refusedRightly,
    int refusedWrongly) {
  private static final Access ACCESS = Access.all(new UUID(0, 0), "test");

  /// @param stride every so many-th question only
  /// @param absent hide each question's article, so that no question is answerable
  static AnswerQuality of(QuestionSet set, ParagraphSearch search, int stride, boolean absent) {
    GroundedAnswerer decides = answerer(search, AskSettings.DEFAULT.confidenceMin());
    GroundedAnswerer always = answerer(search, 0);
    AnswerQuality sum = new AnswerQuality(set.name(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    int index = 0;
    for (QuestionSet.Asked asked : set.questions()) {
      if (!asked.forFitting() && index++ % stride == 0) {
        sum = sum.plus(of(set, asked, decides, always, absent));
      }
    }
    return sum;
  }

  private static AnswerQuality of(
      QuestionSet set,
      QuestionSet.Asked asked,
      GroundedAnswerer decides,
      GroundedAnswerer always,
      boolean absent) {
    Answer answer = ask(decides, asked, absent);
    boolean refused = answer instanceof Answer.Unsupported;
    if (absent || !asked.answerable()) {
      return new AnswerQuality(set.name(), 0, 1, 0, 0, 0, 0, 0, 0, refused ? 1 : 0, 0);
    }
    List<Citation> quotes = refused ? ask(always, asked, false).citations() : answer.citations();
    boolean hit =
        quotes.stream().anyMatch(quote -> holds(asked, quote.chunkId(), quote.source().span()));
    boolean first =
        !quotes.isEmpty()
            && holds(asked, quotes.getFirst().chunkId(), quotes.getFirst().source().span());
    List<Hit> hits = answer.passages().hits();
    boolean opening =
        !hits.isEmpty()
            && holds(
                asked, hits.getFirst().chunkId(), Sentences.of(hits.getFirst().text()).getFirst());
    return new AnswerQuality(
        set.name(),
        1,
        0,
        hit && !refused ? 1 : 0,
        hit ? 1 : 0,
        first ? 1 : 0,
        opening ? 1 : 0,
        overlap(asked, hits) ? 1 : 0,
        quotes.size(),
        0,
        refused ? 1 : 0);
  }

  private static Answer ask(GroundedAnswerer answerer, QuestionSet.Asked asked, boolean absent) {
    String collection = absent ? ParagraphSearch.WITHOUT_ARTICLE + asked.article() : "all";
    AskRequest request =
        new AskRequest(
            asked.text(),
            SearchRequest.of(collection, asked.text(), FitWeights.PASSAGES),
            Mode.EXTRACTIVE,
            null,
            List.of(),
            16_000,
            null,
            null);
    return answerer.ask(ACCESS, request, new AnswerListener() {});
  }

  private static GroundedAnswerer answerer(ParagraphSearch search, double confidenceMin) {
    AskSettings base = AskSettings.DEFAULT;
    AskSettings settings =
        new AskSettings(
            base.firstTokenTimeout(),
            base.answerTimeout(),
            base.answerCharsMax(),
            base.historyTurnsMax(),
            base.historyCharsMax(),
            confidenceMin);
    return new GroundedAnswerer(
        search,
        Widening.Around.NOTHING,
        PackSettings.DEFAULT,
        InstructionDetector.FITTED,
        Citations.withoutLayout(),
        null,
        new ModelTokens("eighths", text -> text.length() / 8),
        settings);
  }

  private static boolean holds(QuestionSet.Asked asked, long paragraph, Span quote) {
    return paragraph == asked.paragraph()
        && asked.gold().stream()
            .anyMatch(gold -> quote.start() <= gold[0] && gold[1] <= quote.end());
  }

  private static boolean overlap(QuestionSet.Asked asked, List<Hit> hits) {
    Set<String> words = new HashSet<>(Terms.of(asked.text()).stream().map(Term::form).toList());
    long most = -1;
    boolean holds = false;
    for (Hit hit : hits) {
      for (Span sentence : Sentences.of(hit.text())) {
        String text = hit.text().substring(sentence.start(), sentence.end());
        long common =
            Terms.of(text).stream().map(Term::form).distinct().filter(words::contains).count();
        if (common > most) {
          most = common;
          holds = holds(asked, hit.chunkId(), sentence);
        }
      }
    }
    return holds;
  }

  double hitShare() {
    return share(quoteHits, answerable);
  }

  double refusalRecall() {
    return share(refusedRightly, unanswerable);
  }

  double refusalPrecision() {
    return share(refusedRightly, refusedRightly + refusedWrongly);
  }

  double wrongRefusalShare() {
    return share(refusedWrongly, answerable);
  }

  AnswerQuality plus(AnswerQuality other) {
    return new AnswerQuality(
        set,
        answerable + other.answerable,
        unanswerable + other.unanswerable,
        answeredHits + other.answeredHits,
        quoteHits + other.quoteHits,
        firstQuoteHits + other.firstQuoteHits,
        firstSentenceHits + other.firstSentenceHits,
        overlapHits + other.overlapHits,
        quotes + other.quotes,
        refusedRightly + other.refusedRightly,
        refusedWrongly + other.refusedWrongly);
  }

  String line() {
    return String.format(
        Locale.ROOT,
        "%-10s answerable %4d: hit %.3f (first quote %.3f, after refusals %.3f, quotes %.2f);"
            + " baselines: first sentence %.3f, most words %.3f | unanswerable %4d: Unsupported"
            + " precision %.3f recall %.3f, wrongly refused %.3f",
        set,
        answerable,
        hitShare(),
        share(firstQuoteHits, answerable),
        share(answeredHits, answerable),
        share(quotes, answerable),
        share(firstSentenceHits, answerable),
        share(overlapHits, answerable),
        unanswerable,
        refusalPrecision(),
        refusalRecall(),
        wrongRefusalShare());
  }

  private static double share(int part, int whole) {
    return whole == 0 ? 0 : (double) part / whole;
  }
}
