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
            3.072, // coverage
            1.731, // coverageSquared
            4.470, // coverageBefore
            2.701, // coverageAfter
            2.909, // passageCoverage
            -3.072, // lessThanBest
            2.352, // passageRank
            0.928, // pairs
            0.058, // density
            0.058, // names
            1.050, // expected
            -1.050, // notExpected
            1.180, // length
            -0.862, // newWords
            0.120, // rarest
            -0.186, // otherNegation
            -0.083, // opening
            2.777, // exact
          },
          new double[] {
            -6.985, // bias
            1.341, // coverage
            2.365, // windowCoverage
            -0.010, // passageCoverage
            0.347, // anyCoverage
            0.858, // missingRarest
            1.412, // windowNames
            0.805, // passageNames
            0.015, // expected
            -0.772, // notExpected
            -0.433, // pairs
            -0.096, // margin
            3.309, // terms
            -0.908, // otherNegation
            0.038, // exact
            -0.745, // missingNumber
            0.247, // density
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
