package engram.retrieval.ask;

import engram.retrieval.Span;
import engram.retrieval.ask.Outline.Above;
import engram.retrieval.ask.Terms.Term;
import engram.retrieval.pack.Passage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A question held against every sentence of some passages: which of its terms each sentence
/// carries, and how much each term tells.
///
/// A term's weight is its rarity among these sentences, `ln(1 + N / (df + 0.5))`: the classic
/// inverse document frequency (Spärck Jones 1972) with sentences for documents. The passages were
/// found by the question, so what they all say tells nothing about which of them answers it.
///
/// A sentence also carries, at a discount, what the headings and the title above it say: under
/// "Root cause" no sentence needs to say that it is one.
final class Evidence {
  /// What one sentence carries.
  ///
  /// @param position index among all sentences
  /// @param passage index of its passage, best passage first
  /// @param index of the sentence in its passage
  /// @param span in the passage's text
  /// @param asked for each of `terms`, whether the question says it too
  /// @param match for each content term of the question, how well the sentence carries it, itself
  ///   or by what it stands under, `[0, 1]`
  /// @param matchedAt for each content term of the question, which of `terms` carries it, or -1
  /// @param exact of `match`, what the very same word carries
  /// @param pairs for each content term of the question but the last, how well it and the next one
  ///   are carried close together, `[0, 1]`
  // Arrays, because the features run over them for every sentence; nobody writes to them.
  @SuppressWarnings("ArrayRecordComponent")
  record Sentence(
      int position,
      int passage,
      int index,
      Span span,
      boolean row,
      List<Term> terms,
      boolean[] asked,
      double[] match,
      int[] matchedAt,
      double[] exact,
      double[] pairs) {}

  /// What one text carries by itself: a sentence, or a heading.
  @SuppressWarnings("ArrayRecordComponent")
  private record Words(List<Term> terms, boolean[] asked, double[] match, int[] matchedAt) {
    /// Whether a content term and the next one stand close together.
    boolean together(int term) {
      int left = matchedAt[term];
      int right = matchedAt[term + 1];
      return left >= 0 && right >= 0 && Math.abs(right - left) <= 3;
    }
  }

  /// A question costs at most so many sentences, whatever the passages hold.
  static final int SENTENCES_MAX = 2_000;

  private static final double WHOLLY_ASKED = 0.1;

  private final Question question;
  private final List<Passage> passages;
  private final List<Sentence> sentences = new ArrayList<>();
  private final List<double[]> headings = new ArrayList<>();
  private final double[] weights;
  private final double weightSum;

  /// @param passages best first
  Evidence(Question question, List<Passage> passages) {
    this.question = question;
    this.passages = List.copyOf(passages);
    Map<String, double[]> known = new HashMap<>();
    for (int passage = 0; passage < passages.size(); passage++) {
      read(passage, known);
    }
    weights = new double[question.content().size()];
    double sum = 0;
    for (int term = 0; term < weights.length; term++) {
      double df = 0;
      for (Sentence sentence : sentences) {
        df += sentence.matchedAt()[term] >= 0 ? 1 : sentence.match()[term];
      }
      weights[term] = Math.log(1 + sentences.size() / (df + 0.5));
      sum += weights[term];
    }
    weightSum = sum > 0 ? sum : 1;
  }

  Question question() {
    return question;
  }

  List<Passage> passages() {
    return passages;
  }

  List<Sentence> sentences() {
    return sentences;
  }

  double weight(int term) {
    return weights[term];
  }

  /// The share of the question's weight that some terms carry.
  double coverage(double[] match) {
    double sum = 0;
    for (int term = 0; term < weights.length; term++) {
      sum += weights[term] * match[term];
    }
    return sum / weightSum;
  }

  /// The same over names and numbers only; 1 if the question has none.
  double nameCoverage(double[] match) {
    double sum = 0;
    double all = 0;
    for (int term = 0; term < weights.length; term++) {
      if (question.names(question.content().get(term))) {
        all += weights[term];
        sum += weights[term] * match[term];
      }
    }
    return all > 0 ? sum / all : 1;
  }

  /// The sentence `offset` away in the same passage, or one that carries nothing.
  double[] neighbour(Sentence sentence, int offset) {
    int at = sentence.position() + offset;
    if (at < 0 || at >= sentences.size() || sentences.get(at).passage() != sentence.passage()) {
      return new double[weights.length];
    }
    return sentences.get(at).match();
  }

  /// What a passage carries: of each term the best that one of its sentences or headings does.
  double[] passageMatch(int passage) {
    double[] best = headings.get(passage);
    for (Sentence sentence : sentences) {
      if (sentence.passage() == passage) {
        best = max(best, sentence.match());
      }
    }
    return best;
  }

  static double[] max(double[] a, double[] b) {
    double[] out = Arrays.copyOf(a, a.length);
    for (int index = 0; index < out.length; index++) {
      out[index] = Math.max(out[index], b[index]);
    }
    return out;
  }

  private void read(int passage, Map<String, double[]> known) {
    String text = passages.get(passage).text();
    Map<String, Words> texts = new HashMap<>();
    double[] inside = new double[question.content().size()];
    int index = 0;
    for (Outline.Unit unit : Outline.of(passages.get(passage))) {
      if (sentences.size() == SENTENCES_MAX) {
        break;
      }
      for (Above above : unit.above()) {
        Words words = texts.computeIfAbsent(above.text(), heading -> words(heading, known));
        inside = above.inside() ? max(inside, words.match()) : inside;
      }
      String said = text.substring(unit.span().start(), unit.span().end());
      sentences.add(sentence(passage, index++, unit, words(said, known), texts));
    }
    headings.add(inside);
  }

  private Sentence sentence(
      int passage, int index, Outline.Unit unit, Words own, Map<String, Words> texts) {
    int count = question.content().size();
    double[] match = own.match().clone();
    double[] exact = new double[count];
    double[] pairs = new double[Math.max(0, count - 1)];
    carry(own, 1, match, exact, pairs);
    for (Above above : unit.above()) {
      Words words = texts.get(above.text());
      if (words != null) {
        carry(words, weight(above, words), match, exact, pairs);
      }
    }
    return new Sentence(
        sentences.size(),
        passage,
        index,
        unit.span(),
        unit.row(),
        own.terms(),
        own.asked(),
        match,
        own.matchedAt(),
        exact,
        pairs);
  }

  /// A heading that says nothing but what is asked names the answer's place.
  private double weight(Above above, Words words) {
    boolean asked = false;
    for (int at = 0; at < words.terms().size(); at++) {
      boolean stop = question.lexicon().isStop(words.terms().get(at));
      if (!stop && !words.asked()[at]) {
        return above.weight();
      }
      asked |= !stop;
    }
    return asked ? Math.min(1, above.weight() + WHOLLY_ASKED) : above.weight();
  }

  private static void carry(
      Words words, double weight, double[] match, double[] exact, double[] pairs) {
    for (int term = 0; term < match.length; term++) {
      double likeness = words.match()[term];
      match[term] = Math.max(match[term], weight * likeness);
      if (likeness == 1) {
        exact[term] = Math.max(exact[term], weight);
      }
      if (term < pairs.length && words.together(term)) {
        pairs[term] = Math.max(pairs[term], weight);
      }
    }
  }

  private Words words(String text, Map<String, double[]> known) {
    List<Term> terms = Terms.of(text);
    double[] match = new double[question.content().size()];
    int[] matchedAt = new int[match.length];
    boolean[] asked = new boolean[terms.size()];
    Arrays.fill(matchedAt, -1);
    for (int at = 0; at < terms.size(); at++) {
      double[] likeness = known.computeIfAbsent(terms.get(at).form(), likenesses(terms.get(at)));
      for (int term = 0; term < match.length; term++) {
        asked[at] |= likeness[term] > 0;
        if (likeness[term] > match[term]) {
          match[term] = likeness[term];
          matchedAt[term] = at;
        }
      }
    }
    return new Words(terms, asked, match, matchedAt);
  }

  private java.util.function.Function<String, double[]> likenesses(Term term) {
    return form ->
        question.content().stream().mapToDouble(asked -> Terms.likeness(asked, term)).toArray();
  }
}
