package engram.retrieval.ask;

import engram.retrieval.Access;
import engram.retrieval.Hit;
import engram.retrieval.SearchRequest;
import engram.retrieval.ask.Evidence.Sentence;
import engram.retrieval.pack.Passage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/// Fits [Weights] on one half of the public question sets and prints them with the figures of the
/// other half.
final class FitWeights {
  static final int PASSAGES = 10;
  private static final double WRONGLY_REFUSED_MAX = 0.2;
  private static final int STRIDE = Integer.getInteger("stride", 1);
  private static final Access ACCESS = Access.all(new UUID(0, 0), "test");

  private FitWeights() {}

  record Case(
      String set,
      boolean fitting,
      boolean answerable,
      double[][] rows,
      boolean[] gold,
      Features features,
      List<Sentence> sentences) {}

  public static void main(String[] args) {
    Path data = QuestionSet.data().orElseThrow();
    List<Case> cases = new ArrayList<>();
    List<QuestionSet> sets = new ArrayList<>();
    sets.add(QuestionSet.squad(data));
    QuestionSet.LANGUAGES.forEach(language -> sets.add(QuestionSet.xquad(data, language)));
    for (QuestionSet set : sets) {
      ParagraphSearch search = ParagraphSearch.in(set);
      boolean squad = set.name().equals("squad2");
      int at = 0;
      for (QuestionSet.Asked asked : set.questions()) {
        if (!squad && (at + asked.paragraph()) % STRIDE != 0) {
          at++;
          continue;
        }
        cases.add(of(set, asked, search, false));
        if (at++ % (squad ? 4 : 1) == 0) {
          cases.add(of(set, asked, search, true));
        }
      }
      System.err.println(set.name() + " " + cases.size());
    }
    double[] sentence = fitSentence(cases.stream().filter(Case::fitting).toList());
    Weights ranking = new Weights(sentence, new double[Features.ANSWER.size()]);
    double[] answer = fitAnswer(cases.stream().filter(Case::fitting).toList(), ranking);
    Weights weights = new Weights(sentence, answer);
    print("sentence", Features.SENTENCE, sentence);
    print("answer", Features.ANSWER, answer);
    printThreshold(cases.stream().filter(Case::fitting).toList(), weights);
    report(cases, weights, true);
    report(cases, weights, false);
  }

  static List<Passage> passages(
      QuestionSet set, QuestionSet.Asked asked, ParagraphSearch search, boolean hidden) {
    String collection = hidden ? ParagraphSearch.WITHOUT_ARTICLE + asked.article() : "all";
    List<Passage> passages = new ArrayList<>();
    for (Hit hit :
        search.search(ACCESS, SearchRequest.of(collection, asked.text(), PASSAGES)).hits()) {
      passages.add(new Passage(hit.source(), hit.text(), hit.tokens(), hit.score(), List.of(hit)));
    }
    return passages;
  }

  private static Case of(
      QuestionSet set, QuestionSet.Asked asked, ParagraphSearch search, boolean hidden) {
    List<Passage> passages = passages(set, asked, search, hidden);
    Evidence evidence = new Evidence(Question.of(asked.text()), passages);
    Features features = new Features(evidence);
    double[][] rows = features.sentences();
    boolean[] gold = new boolean[rows.length];
    for (Sentence sentence : evidence.sentences()) {
      gold[sentence.position()] =
          !hidden && holdsGold(asked, passages.get(sentence.passage()), sentence);
    }
    return new Case(
        hidden ? set.name() + "-absent" : set.name(),
        asked.forFitting(),
        asked.answerable() && !hidden,
        rows,
        gold,
        features,
        evidence.sentences());
  }

  static boolean holdsGold(QuestionSet.Asked asked, Passage passage, Sentence sentence) {
    return passage.hits().getFirst().chunkId() == asked.paragraph()
        && asked.gold().stream()
            .anyMatch(
                span -> sentence.span().start() <= span[0] && span[1] <= sentence.span().end());
  }

  private static double[] fitSentence(List<Case> cases) {
    List<Case> useful = cases.stream().filter(c -> any(c.gold())).toList();
    double[] w = new double[Features.SENTENCE.size()];
    Adam adam = new Adam(w.length, 0.1);
    for (int epoch = 0; epoch < 200; epoch++) {
      double[] g = new double[w.length];
      for (Case c : useful) {
        double[] p = new Weights(w, new double[0]).likelihood(c.rows());
        double goldSum = 1e-12;
        for (int r = 0; r < p.length; r++) goldSum += c.gold()[r] ? p[r] : 0;
        for (int r = 0; r < p.length; r++) {
          double d = p[r] - (c.gold()[r] ? p[r] / goldSum : 0);
          for (int f = 0; f < w.length; f++) g[f] += d * c.rows()[r][f] / useful.size();
        }
      }
      for (int f = 0; f < w.length; f++) g[f] += 1e-4 * w[f];
      adam.step(w, g);
    }
    return w;
  }

  private static double[] fitAnswer(List<Case> cases, Weights ranking) {
    double[] w = new double[Features.ANSWER.size()];
    List<double[]> rows = new ArrayList<>();
    List<Boolean> labels = new ArrayList<>();
    for (Case c : cases) {
      if (c.rows().length > 0) {
        rows.add(answerRow(c, ranking));
        labels.add(c.answerable());
      }
    }
    Adam adam = new Adam(w.length, 0.1);
    for (int epoch = 0; epoch < 500; epoch++) {
      double[] g = new double[w.length];
      for (int i = 0; i < rows.size(); i++) {
        double d = new Weights(new double[0], w).confidence(rows.get(i)) - (labels.get(i) ? 1 : 0);
        for (int f = 0; f < w.length; f++) g[f] += d * rows.get(i)[f] / rows.size();
      }
      for (int f = 0; f < w.length; f++) g[f] += 1e-4 * w[f];
      adam.step(w, g);
    }
    return w;
  }

  private static double[] answerRow(Case c, Weights ranking) {
    double[] p = ranking.likelihood(c.rows());
    int best = 0;
    for (int r = 0; r < p.length; r++) best = p[r] > p[best] ? r : best;
    return c.features().answer(c.sentences().get(best), p[best]);
  }

  /// The confidence below which a question is best refused: of the hundredths at which at most
  /// [#WRONGLY_REFUSED_MAX] of the answerable questions are refused, the one with the highest F1 of
  /// refusing what cannot be answered; the lowest of equals.
  private static void printThreshold(List<Case> fitting, Weights weights) {
    double[] confidence = new double[fitting.size()];
    int answerable = 0;
    for (int i = 0; i < confidence.length; i++) {
      Case c = fitting.get(i);
      confidence[i] = c.rows().length == 0 ? 0 : weights.confidence(answerRow(c, weights));
      answerable += c.answerable() ? 1 : 0;
    }
    int best = 0;
    double bestF1 = -1;
    for (int hundredth = 0; hundredth <= 100; hundredth++) {
      int right = 0;
      int wrong = 0;
      for (int i = 0; i < confidence.length; i++) {
        if (confidence[i] < hundredth / 100.0) {
          right += fitting.get(i).answerable() ? 0 : 1;
          wrong += fitting.get(i).answerable() ? 1 : 0;
        }
      }
      double f1 = 2.0 * right / (right + wrong + confidence.length - answerable);
      boolean allowed = wrong <= WRONGLY_REFUSED_MAX * answerable;
      if (allowed && f1 > bestF1) {
        best = hundredth;
        bestF1 = f1;
      }
      if (hundredth % 5 == 0) {
        System.out.printf(
            Locale.ROOT,
            "threshold .%02d: F1 %.3f, wrongly refused %.3f%n",
            hundredth,
            f1,
            (double) wrong / answerable);
      }
    }
    System.out.printf(Locale.ROOT, "CONFIDENCE_MIN %.2f (F1 %.3f)%n", best / 100.0, bestF1);
  }

  private static boolean any(boolean[] gold) {
    for (boolean g : gold) if (g) return true;
    return false;
  }

  private static void report(List<Case> all, Weights weights, boolean fitting) {
    System.out.println(fitting ? "--- fitted half" : "--- held-out half");
    for (String set : all.stream().map(Case::set).distinct().toList()) {
      List<Case> cases =
          all.stream().filter(c -> c.set().equals(set) && c.fitting() == fitting).toList();
      int answerable = 0,
          one = 0,
          three = 0,
          quotes = 0,
          reach = 0,
          overlap = 0,
          firstS = 0,
          passage1 = 0;
      int[] refusedRight = new int[10], refused = new int[10];
      for (Case c : cases) {
        double conf = 0;
        if (c.rows().length > 0) {
          conf = weights.confidence(answerRow(c, weights));
        }
        for (int t = 0; t < 10; t++) {
          if (conf < t / 10.0) {
            refused[t]++;
            refusedRight[t] += c.answerable() ? 0 : 1;
          }
        }
        if (c.answerable() && c.rows().length > 0) {
          answerable++;
          double[] p = weights.likelihood(c.rows());
          Integer[] order = new Integer[p.length];
          for (int i = 0; i < p.length; i++) order[i] = i;
          Arrays.sort(order, (x, y) -> Double.compare(p[y], p[x]));
          one += c.gold()[order[0]] ? 1 : 0;
          boolean hit = false;
          for (int i = 0; i < Math.min(Extraction.QUOTES_MAX, p.length); i++) {
            if (p[order[i]] >= Extraction.QUOTE_RATIO * p[order[0]]) {
              quotes++;
              hit |= c.gold()[order[i]];
            }
          }
          three += hit ? 1 : 0;
          reach += any(c.gold()) ? 1 : 0;
          firstS += c.gold()[0] ? 1 : 0;
          int best = 0;
          for (int i = 0; i < p.length; i++) if (c.rows()[i][0] > c.rows()[best][0]) best = i;
          overlap += c.gold()[best] ? 1 : 0;
          for (Sentence s : c.sentences())
            if (s.passage() == 0 && c.gold()[s.position()]) {
              passage1++;
              break;
            }
        }
      }
      int unanswerable = (int) cases.stream().filter(c -> !c.answerable()).count();
      StringBuilder line =
          new StringBuilder(String.format(Locale.ROOT, "%-18s n=%d", set, cases.size()));
      if (answerable > 0)
        line.append(
            String.format(
                Locale.ROOT,
                " | top1par %.3f reach %.3f | first %.3f overlap %.3f | one %.3f quotes %.3f (%.2f)",
                (double) passage1 / answerable,
                (double) reach / answerable,
                (double) firstS / answerable,
                (double) overlap / answerable,
                (double) one / answerable,
                (double) three / answerable,
                (double) quotes / answerable));
      for (int t = 2; t < 8; t++) {
        int falseRefusal = refused[t] - refusedRight[t];
        line.append(
            String.format(
                Locale.ROOT,
                " | .%d FR %.2f R %.2f",
                t,
                answerable == 0 ? 0 : (double) falseRefusal / answerable,
                unanswerable == 0 ? 0 : (double) refusedRight[t] / unanswerable));
      }
      System.out.println(line);
    }
  }

  private static void print(String name, List<String> names, double[] w) {
    System.out.println(name);
    for (int i = 0; i < w.length; i++)
      System.out.printf(Locale.ROOT, "      %.3f, // %s%n", w[i], names.get(i));
  }

  private static final class Adam {
    private final double[] m, v;
    private final double rate;
    private int t;

    Adam(int n, double rate) {
      m = new double[n];
      v = new double[n];
      this.rate = rate;
    }

    void step(double[] w, double[] g) {
      t++;
      for (int i = 0; i < w.length; i++) {
        m[i] = 0.9 * m[i] + 0.1 * g[i];
        v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
        w[i] -=
            rate
                * (m[i] / (1 - Math.pow(0.9, t)))
                / (Math.sqrt(v[i] / (1 - Math.pow(0.999, t))) + 1e-8);
      }
    }
  }
}
