package engram.inference.decode;

import engram.inference.TokenScore;
import engram.inference.TokenScore.Ranked;
import java.util.ArrayList;
import java.util.List;

/// Log-probabilities of tokens under a row of scores.
public final class LogProbs {
  /// At most so many alternatives are listed for a token.
  public static final int TOP_MAX = 128;

  private LogProbs() {}

  /// The token's log-probability and the likeliest `top` tokens beside it.
  ///
  /// @param scores `[V]`; at least one is finite
  public static TokenScore of(float[] scores, int token, int top) {
    double normaliser = logSumExp(scores);
    List<Ranked> ranked = new ArrayList<>(top);
    for (int likely : Selection.largest(scores, Math.min(top, scores.length))) {
      ranked.add(new Ranked(likely, logProb(scores[likely], normaliser)));
    }
    return new TokenScore(token, logProb(scores[token], normaliser), ranked);
  }

  private static float logProb(float score, double normaliser) {
    // Rounding may lift a certain token's above 0.
    return (float) Math.min(0, score - normaliser);
  }

  /// `log(sum_i exp(scores[i]))`, by the greatest score so that nothing overflows.
  public static double logSumExp(float[] scores) {
    float max = Float.NEGATIVE_INFINITY;
    for (float score : scores) {
      max = Math.max(max, score);
    }
    if (max == Float.NEGATIVE_INFINITY || Float.isNaN(max)) {
      throw new IllegalArgumentException("the greatest of " + scores.length + " scores is " + max);
    }
    double sum = 0;
    for (float score : scores) {
      sum += Math.exp(score - (double) max);
    }
    return max + Math.log(sum);
  }
}
