package engram.retrieval.ask;

/// What the features of sentences and answers weigh.
///
/// @param sentence by [Features#SENTENCE]
/// @param answer by [Features#ANSWER]
@SuppressWarnings("ArrayRecordComponent")
record Weights(double[] sentence, double[] answer) {
  /// Below it a question counts as unanswered. `FitWeights` computes it on the half that the
  /// weights are fitted on, and only there: of the hundredths at which at most one in five of the
  /// questions that have an answer is refused, the one at which refusing what has none has the
  /// highest F1.
  static final double CONFIDENCE_MIN = 0.43;

  /// Fitted by `FitWeights` (beside the tests) on the articles of SQuAD 2.0 and XQuAD in nine
  /// languages whose titles have an even CRC-32, and measured on the others. To refit: run its
  /// `main` with `ENGRAM_DATA` set, `-Dstride=5` (every fifth question of XQuAD, or one set in nine
  /// languages outweighs the other) and `-Xmx8g`, and copy what it prints.
  static final Weights FITTED =
      new Weights(
          new double[] {
            3.085, // coverage
            1.743, // coverageSquared
            4.534, // coverageBefore
            2.765, // coverageAfter
            2.912, // passageCoverage
            -3.085, // lessThanBest
            2.342, // passageRank
            0.974, // pairs
            0.081, // density
            0.087, // names
            1.031, // expected
            -1.031, // notExpected
            1.098, // length
            -0.843, // newWords
            0.147, // rarest
            -0.194, // otherNegation
            -0.094, // opening
            2.815, // exact
          },
          new double[] {
            -6.862, // bias
            1.521, // coverage
            2.422, // windowCoverage
            -0.224, // passageCoverage
            0.310, // anyCoverage
            0.800, // missingRarest
            1.421, // windowNames
            0.825, // passageNames
            0.018, // expected
            -0.744, // notExpected
            -0.440, // pairs
            -0.154, // margin
            3.216, // terms
            -0.918, // otherNegation
            0.076, // exact
            -0.636, // missingNumber
            0.250, // density
          });

  /// How likely each sentence is the one that answers, given that one does: a softmax over all.
  double[] likelihood(double[][] features) {
    double[] out = new double[features.length];
    double highest = Double.NEGATIVE_INFINITY;
    for (int row = 0; row < out.length; row++) {
      out[row] = dot(features[row], sentence);
      highest = Math.max(highest, out[row]);
    }
    double sum = 0;
    for (int row = 0; row < out.length; row++) {
      out[row] = Math.exp(out[row] - highest);
      sum += out[row];
    }
    for (int row = 0; row < out.length; row++) {
      out[row] /= sum;
    }
    return out;
  }

  /// How sure it is that the passages answer the question, in `[0, 1]`.
  double confidence(double[] features) {
    return 1 / (1 + Math.exp(-dot(features, answer)));
  }

  private static double dot(double[] features, double[] weights) {
    double sum = 0;
    for (int index = 0; index < weights.length; index++) {
      sum += features[index] * weights[index];
    }
    return sum;
  }
}
