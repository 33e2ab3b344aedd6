package engram.retrieval.guard;

import engram.retrieval.Span;
import engram.retrieval.cite.Sentences;
import engram.retrieval.guard.InjectionData.Clean;
import engram.retrieval.guard.InjectionData.Injected;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Fits [InstructionDetector] on one half of the categories of attacks and of the clean documents,
/// and prints it with the figures of both halves.
final class FitInstructions {
  /// Of the clean passages of the fitting half, all sets together, no more than this share is
  /// flagged: that gives the threshold in use, 2.18. This program first said "in no set more",
  /// which gives 2.95 and flags .799 of the held-out attacks (.794 without line ends) instead of
  /// .946. The rule was written down when the figures of the held-out half were known, so they are
  /// not free of the choice.
  private static final double FALSE_RATE_MAX = 0.005;

  private static final double RIDGE = 1e-3;
  private static final int ROUNDS = 3000;

  /// Signs of attacks that the set does not have, set by hand so that each is enough by itself, or
  /// with one other sign; what they cost on clean text is in the figures.
  private static final Map<String, Double> BY_HAND =
      Map.of(
          "override", 7.0,
          "a mark of a chat template", 7.0,
          "characters that nobody sees", 8.0,
          "carries something out", 3.0,
          "secrecy", 2.0,
          "a role for the reader", 2.0,
          "new instructions", 1.5,
          "addresses a model", 1.5);

  private FitInstructions() {}

  /// @param lines whether the text has its line ends
  /// @param rows features of the sentences that have a sign
  /// @param ends features of their ends where a line may have begun
  private record Case(
      String set,
      boolean fitting,
      boolean injected,
      boolean lines,
      List<double[]> rows,
      List<double[]> ends) {}

  public static void main(String[] args) throws IOException {
    List<Case> cases = new ArrayList<>();
    for (Clean clean : InjectionData.clean()) {
      Span all = new Span(0, clean.text().length());
      for (boolean lines : new boolean[] {true, false}) {
        cases.add(of(clean.set(), clean.forFitting(), false, lines, clean.text(), all));
      }
    }
    for (Injected each : InjectionData.injected()) {
      Span part = new Span(each.start(), each.start() + each.attack().length());
      for (boolean lines : new boolean[] {true, false}) {
        cases.add(of(each.category(), each.forFitting(), true, lines, each.text(), part));
      }
    }
    // Where line ends set it apart, what an instruction is like is not mixed with what is beside
    // it.
    List<Case> fitting = cases.stream().filter(each -> each.fitting() && each.lines()).toList();
    double[] weights = fit(fitting);
    double threshold = threshold(fitting, weights);
    for (int index = 0; index < weights.length; index++) {
      System.out.printf(
          Locale.ROOT,
          "          %.2f, // %s%n",
          weights[index],
          InstructionDetector.FEATURES.get(index));
    }
    System.out.printf(Locale.ROOT, "threshold %.2f%n", threshold);
    report(cases, weights, threshold);
  }

  /// Of an injected text only what touches the attack counts.
  private static Case of(
      String set, boolean fitting, boolean injected, boolean lines, String with, Span part) {
    String text = lines ? with : InjectionData.running(with);
    List<double[]> rows = new ArrayList<>();
    List<double[]> ends = new ArrayList<>();
    for (Span sentence : Sentences.of(text)) {
      if (sentence.end() > part.start() && sentence.start() < part.end()) {
        for (Span said : LostLines.parts(text, sentence)) {
          double[] row =
              InstructionDetector.features(text.substring(said.start(), said.end()), text);
          if (row.length > 0) {
            (said.equals(sentence) ? rows : ends).add(row);
          }
        }
      }
    }
    return new Case(set, fitting, injected, lines, rows, ends);
  }

  /// Logistic regression by gradient descent with momentum; both classes weigh the same.
  private static double[] fit(List<Case> cases) {
    List<double[]> rows = new ArrayList<>();
    List<Boolean> labels = new ArrayList<>();
    for (Case each : cases) {
      for (double[] row : each.rows()) {
        rows.add(row);
        labels.add(each.injected());
      }
    }
    long positives = labels.stream().filter(label -> label).count();
    double[] w = new double[InstructionDetector.FEATURES.size()];
    double[] v = new double[w.length];
    for (int round = 0; round < ROUNDS; round++) {
      double[] g = new double[w.length];
      for (int index = 0; index < rows.size(); index++) {
        double[] row = rows.get(index);
        double z = 0;
        for (int f = 0; f < w.length; f++) z += w[f] * row[f];
        double y = labels.get(index) ? 1 : 0;
        double weight = labels.get(index) ? 0.5 / positives : 0.5 / (rows.size() - positives);
        double d = weight * (1 / (1 + Math.exp(-z)) - y);
        for (int f = 0; f < w.length; f++) g[f] += d * row[f];
      }
      for (int f = 0; f < w.length; f++) {
        v[f] = 0.9 * v[f] - 1.0 * (g[f] + RIDGE * w[f]);
        w[f] += v[f];
        String name = InstructionDetector.FEATURES.get(f);
        if (BY_HAND.containsKey(name)) {
          w[f] = BY_HAND.get(name);
        } else if (f < InstructionSigns.SIGNS.size()) {
          // A sign of an instruction never speaks against one.
          w[f] = Math.max(0, w[f]);
        }
      }
    }
    return w;
  }

  private static double best(Case each, double[] weights) {
    InstructionDetector detector = new InstructionDetector(weights, 0);
    return Stream.concat(each.rows().stream(), each.ends().stream())
        .mapToDouble(detector::logOdds)
        .max()
        .orElse(Double.NEGATIVE_INFINITY);
  }

  private static double threshold(List<Case> cases, double[] weights) {
    double[] odds =
        cases.stream()
            .filter(each -> !each.injected())
            .mapToDouble(each -> best(each, weights))
            .sorted()
            .toArray();
    double threshold = odds[odds.length - 1 - (int) (FALSE_RATE_MAX * odds.length)];
    return Math.nextUp(threshold) + 0.005;
  }

  private static void report(List<Case> cases, double[] weights, double threshold) {
    TreeMap<String, int[]> table = new TreeMap<>();
    for (Case each : cases) {
      String half = each.fitting() ? "fit " : "held";
      for (String name : List.of(each.set(), "ALL")) {
        String kind = each.injected() ? " attack " : " clean  ";
        String form = each.lines() ? "" : ", no line ends";
        int[] row = table.computeIfAbsent(half + kind + name + form, key -> new int[2]);
        row[0]++;
        row[1] += best(each, weights) >= threshold ? 1 : 0;
      }
    }
    table.forEach((name, row) ->
        System.out.printf(
            Locale.ROOT, "%-45s %6d flagged %.4f%n", name, row[0], (double) row[1] / row[0]));
  }
}
