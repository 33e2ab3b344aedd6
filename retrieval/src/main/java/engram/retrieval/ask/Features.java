package engram.retrieval.ask;

import engram.retrieval.ask.Evidence.Sentence;
import engram.retrieval.ask.Terms.Term;
import java.util.List;

/// What is known of each sentence as an answer, as numbers that mean the same in every language.
final class Features {
  static final List<String> SENTENCE =
      List.of(
          "coverage",
          "coverageSquared",
          "coverageBefore",
          "coverageAfter",
          "passageCoverage",
          "lessThanBest",
          "passageRank",
          "pairs",
          "density",
          "names",
          "expected",
          "notExpected",
          "length",
          "newWords",
          "rarest",
          "otherNegation",
          "opening",
          "exact");

  static final List<String> ANSWER =
      List.of(
          "bias",
          "coverage",
          "windowCoverage",
          "passageCoverage",
          "anyCoverage",
          "missingRarest",
          "windowNames",
          "passageNames",
          "expected",
          "notExpected",
          "pairs",
          "margin",
          "terms",
          "otherNegation",
          "exact",
          "missingNumber",
          "density");

  private final Evidence evidence;
  private final double[][] passageMatch;
  private final double[] any;

  Features(Evidence evidence) {
    this.evidence = evidence;
    int terms = evidence.question().content().size();
    passageMatch = new double[evidence.passages().size()][];
    double[] all = new double[terms];
    for (int passage = 0; passage < passageMatch.length; passage++) {
      passageMatch[passage] = evidence.passageMatch(passage);
      all = Evidence.max(all, passageMatch[passage]);
    }
    any = all;
  }

  /// `[sentences, SENTENCE.size()]`
  double[][] sentences() {
    List<Sentence> sentences = evidence.sentences();
    double[][] rows = new double[sentences.size()][];
    double best = 0;
    for (Sentence sentence : sentences) {
      best = Math.max(best, evidence.coverage(sentence.match()));
    }
    for (int row = 0; row < rows.length; row++) {
      rows[row] = sentence(sentences.get(row), best);
    }
    return rows;
  }

  private double[] sentence(Sentence sentence, double bestCoverage) {
    double[] match = sentence.match();
    double coverage = evidence.coverage(match);
    double before = evidence.coverage(Evidence.max(match, evidence.neighbour(sentence, -1)));
    double after = evidence.coverage(Evidence.max(match, evidence.neighbour(sentence, 1)));
    Lexicon.Kind kind = evidence.question().kind();
    boolean expected = isOfKindAsked(sentence);
    return new double[] {
      coverage,
      coverage * coverage,
      before - coverage,
      after - coverage,
      evidence.coverage(passageMatch[sentence.passage()]),
      bestCoverage - coverage,
      1.0 / (1 + sentence.passage()),
      pairs(sentence),
      density(sentence),
      evidence.nameCoverage(match),
      kind != null && expected ? 1 : 0,
      kind != null && !expected ? 1 : 0,
      Math.log(1 + sentence.terms().size()) / 4,
      newWords(sentence),
      rarest(sentence),
      otherNegation(sentence),
      sentence.index() == 0 ? 1 : 0,
      exact(sentence)
    };
  }

  /// Of the answer as a whole: `ANSWER.size()` numbers.
  ///
  /// @param margin how far the best sentence is ahead, `[0, 1]`
  double[] answer(Sentence best, double margin) {
    double[] match = best.match();
    double[] window =
        Evidence.max(
            Evidence.max(match, evidence.neighbour(best, -1)), evidence.neighbour(best, 1));
    double[] passage = passageMatch[best.passage()];
    Lexicon.Kind kind = evidence.question().kind();
    boolean expected = isOfKindAsked(best);
    return new double[] {
      1,
      evidence.coverage(match),
      evidence.coverage(window),
      evidence.coverage(passage),
      evidence.coverage(any),
      missingRarest(passage),
      evidence.nameCoverage(window),
      evidence.nameCoverage(passage),
      kind != null && expected ? 1 : 0,
      kind != null && !expected ? 1 : 0,
      pairs(best),
      margin,
      Math.log(1 + match.length) / 3,
      otherNegation(best),
      exact(best),
      missingNumber(passage),
      density(best)
    };
  }

  /// Whether the sentence has what the question asks for and did not say itself.
  boolean isOfKindAsked(Sentence sentence) {
    Lexicon.Kind kind = evidence.question().kind();
    if (kind == null) {
      return false;
    }
    return switch (kind) {
      case TIME -> hasNew(sentence, this::isTime);
      case COUNT -> hasNew(sentence, this::isNumber);
      case PERSON, PLACE -> hasNew(sentence, Features::isName);
      case STOP, NOT -> false;
    };
  }

  private boolean isTime(Term term) {
    return isYear(term)
        || evidence.question().lexicon().isMonth(term)
        || (term.number() && term.form().length() <= 2);
  }

  private static boolean isYear(Term term) {
    return term.number() && term.form().length() >= 3 && Character.isDigit(term.form().charAt(2));
  }

  private boolean isNumber(Term term) {
    Lexicon lexicon = evidence.question().lexicon();
    return term.number()
        || lexicon.isSpelledNumber(term)
        || (term.pair() && CHINESE_DIGITS.indexOf(term.form().charAt(0)) >= 0);
  }

  private static final String CHINESE_DIGITS = "一二三四五六七八九十百千万亿两半";

  /// Where a script has no capitals, nothing can be said and nothing is held against it.
  private static boolean isName(Term term) {
    int first = term.form().codePointAt(0);
    boolean cased = Character.toUpperCase(first) != first;
    return !term.number() && (!cased || (term.capitalised() && term.start() > 0));
  }

  private boolean hasNew(Sentence sentence, java.util.function.Predicate<Term> wanted) {
    for (int at = 0; at < sentence.terms().size(); at++) {
      if (!sentence.asked()[at] && wanted.test(sentence.terms().get(at))) {
        return true;
      }
    }
    return false;
  }

  /// Weight of neighbouring content terms of the question that stand close together in the sentence
  /// too, as a share of all neighbours.
  private double pairs(Sentence sentence) {
    double together = 0;
    double all = 0;
    for (int term = 0; term < sentence.pairs().length; term++) {
      double weight = evidence.weight(term) + evidence.weight(term + 1);
      all += weight;
      together += weight * sentence.pairs()[term];
    }
    return all > 0 ? together / all : 0;
  }

  /// Matched terms per word, between the first match and the last.
  private static double density(Sentence sentence) {
    int first = Integer.MAX_VALUE;
    int last = -1;
    int matched = 0;
    for (int at : sentence.matchedAt()) {
      if (at >= 0) {
        matched++;
        first = Math.min(first, at);
        last = Math.max(last, at);
      }
    }
    return matched < 2 ? 0 : (double) matched / (last - first + 1);
  }

  private double newWords(Sentence sentence) {
    int fresh = 0;
    for (int at = 0; at < sentence.terms().size(); at++) {
      boolean says = !evidence.question().lexicon().isStop(sentence.terms().get(at));
      fresh += says && !sentence.asked()[at] ? 1 : 0;
    }
    return Math.min(10, fresh) / 10.0;
  }

  /// Of the terms that any passage carries, the rarest: how well the sentence carries it.
  private double rarest(Sentence sentence) {
    int rarest = -1;
    for (int term = 0; term < any.length; term++) {
      if (any[term] > 0 && (rarest < 0 || evidence.weight(term) > evidence.weight(rarest))) {
        rarest = term;
      }
    }
    return rarest < 0 ? 0 : sentence.match()[rarest];
  }

  /// Weight of the heaviest term that a passage lacks, against the heaviest of all.
  private double missingRarest(double[] match) {
    double heaviest = 0;
    double missing = 0;
    for (int term = 0; term < match.length; term++) {
      heaviest = Math.max(heaviest, evidence.weight(term));
      missing = Math.max(missing, evidence.weight(term) * (1 - match[term]));
    }
    return heaviest > 0 ? missing / heaviest : 1;
  }

  private double missingNumber(double[] match) {
    for (int term = 0; term < match.length; term++) {
      if (evidence.question().content().get(term).number() && match[term] == 0) {
        return 1;
      }
    }
    return 0;
  }

  private double otherNegation(Sentence sentence) {
    boolean denies = evidence.question().lexicon().denies(sentence.terms());
    return denies == evidence.question().denies() ? 0 : 1;
  }

  private static double exact(Sentence sentence) {
    double exact = 0;
    for (double value : sentence.exact()) {
      exact += value;
    }
    return sentence.exact().length == 0 ? 0 : exact / sentence.exact().length;
  }
}
