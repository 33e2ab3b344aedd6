package engram.inference.decode;

import engram.inference.Sampling;
import java.util.Arrays;

/// Draws tokens as [Sampling] says. What it allocates grows with the candidates that stay, not with
/// the vocabulary, apart from one row that it keeps.
///
/// Threads: one sequence's, one caller at a time.
public final class Sampler {
  private final Sampling sampling;
  private double[] weights = new double[0];

  public Sampler(Sampling sampling) {
    this.sampling = sampling;
  }

  /// Bias and penalties, in place: the first step of [Sampling].
  ///
  /// @throws IllegalArgumentException if a token with a bias is not in the vocabulary
  public void adjust(float[] scores, TokenCounts counts) {
    sampling
        .logitBias()
        .forEach((token, bias) -> {
          if (token >= scores.length) {
            throw new IllegalArgumentException(
                "logitBias has token " + token + " >= vocabulary " + scores.length);
          }
          scores[token] += bias;
        });
    float repetition = sampling.repetitionPenalty();
    float presence = sampling.presencePenalty();
    float frequency = sampling.frequencyPenalty();
    if (repetition == 1 && presence == 0 && frequency == 0) {
      return;
    }
    counts.forEach((token, outputCount) -> {
      float score = scores[token];
      score = score > 0 ? score / repetition : score * repetition;
      if (outputCount > 0) {
        score -= presence + frequency * outputCount;
      }
      scores[token] = score;
    });
  }

  /// The token for `position`: steps 3 to 5 of [Sampling].
  ///
  /// @param scores `[V]`, after [#adjust] and processors; read only
  /// @throws IllegalStateException if no score is above negative infinity, or one is not a number
  public int sample(float[] scores, long position) {
    int best = Selection.argMax(scores);
    if (!(scores[best] > Float.NEGATIVE_INFINITY && scores[best] < Float.POSITIVE_INFINITY)) {
      throw new IllegalStateException(
          "no token may come at position " + position + ": the greatest score is " + scores[best]);
    }
    if (sampling.greedy()) {
      return best;
    }
    double uniform = Philox.uniform(sampling.seed(), position, 0);
    if (sampling.topK() == 0
        && sampling.topP() == 1
        && sampling.minP() == 0
        && sampling.typicalP() == 1) {
      return drawFromAll(scores, scores[best], uniform);
    }
    return draw(candidates(scores, scores[best]), uniform);
  }

  private int drawFromAll(float[] scores, float max, double uniform) {
    double sum = fillWeights(scores, max);
    double target = uniform * sum;
    double reached = 0;
    int last = -1;
    for (int token = 0; token < scores.length; token++) {
      if (weights[token] > 0) {
        last = token;
        reached += weights[token];
        if (reached > target) {
          return token;
        }
      }
    }
    // Only where rounding left the target at the very sum.
    return last;
  }

  private double fillWeights(float[] scores, float max) {
    if (weights.length != scores.length) {
      weights = new double[scores.length];
    }
    double temperature = sampling.temperature();
    double sum = 0;
    for (int token = 0; token < scores.length; token++) {
      double weight = Math.exp((scores[token] - (double) max) / temperature);
      if (Double.isNaN(weight)) {
        throw new IllegalStateException("the score of token " + token + " is " + scores[token]);
      }
      weights[token] = weight;
      sum += weight;
    }
    return sum;
  }

  private Candidates candidates(float[] scores, float max) {
    double sum = fillWeights(scores, max);
    Candidates left;
    if (sampling.topK() > 0 && sampling.topK() < scores.length) {
      left = ofTokens(Selection.largest(scores, sampling.topK()));
    } else {
      left = ofAll(sum);
      left.total = sum;
    }
    if (sampling.topP() < 1) {
      left = left.untilMass(sampling.topP());
    }
    if (sampling.minP() > 0) {
      left = left.fromShare(sampling.minP());
    }
    return sampling.typicalP() < 1 ? left.typical(sampling.typicalP()) : left;
  }

  /// At least those that stay under topP and minP, so that only few are sorted.
  private Candidates ofAll(double sum) {
    // The likeliest has weight 1, so minP is a weight.
    double least = sampling.minP();
    if (sampling.topP() == 1) {
      return above(least);
    }
    // What topP leaves has a weight above some floor: lower it until it was enough.
    double floor = Math.max(1e-4, least);
    Candidates left = above(floor);
    while (floor > least && left.sum < sampling.topP() * sum) {
      floor = floor < 1e-300 ? least : Math.max(least, floor * floor);
      left = above(floor);
    }
    return left;
  }

  private Candidates above(double floor) {
    int count = 0;
    for (double weight : weights) {
      if (weight > 0 && weight >= floor) {
        count++;
      }
    }
    Integer[] tokens = new Integer[count];
    int next = 0;
    for (int token = 0; token < weights.length; token++) {
      if (weights[token] > 0 && weights[token] >= floor) {
        tokens[next++] = token;
      }
    }
    // Stable: equal weights stay in the order of their ids.
    Arrays.sort(tokens, (a, b) -> Double.compare(weights[b], weights[a]));
    return ofTokens(Arrays.stream(tokens).mapToInt(Integer::intValue).toArray());
  }

  private Candidates ofTokens(int[] tokens) {
    double[] own = new double[tokens.length];
    for (int i = 0; i < tokens.length; i++) {
      own[i] = weights[tokens[i]];
    }
    return new Candidates(tokens, own);
  }

  private static int draw(Candidates from, double uniform) {
    double target = uniform * from.sum;
    double reached = 0;
    for (int i = 0; i < from.tokens.length; i++) {
      reached += from.weights[i];
      if (reached > target) {
        return from.tokens[i];
      }
    }
    return from.tokens[from.tokens.length - 1];
  }

  /// Tokens by falling weight.
  private static final class Candidates {
    final int[] tokens;
    final double[] weights;
    final double sum;

    /// Of which shares are shares: `sum`, or more where the unlikeliest were never listed.
    double total;

    Candidates(int[] tokens, double[] weights) {
      this.tokens = tokens;
      this.weights = weights;
      double all = 0;
      for (double weight : weights) {
        all += weight;
      }
      sum = all;
      total = all;
    }

    Candidates untilMass(double mass) {
      double reached = 0;
      for (int i = 0; i < tokens.length; i++) {
        reached += weights[i];
        if (reached >= mass * total) {
          return first(i + 1);
        }
      }
      return this;
    }

    Candidates fromShare(double share) {
      int count = 1;
      while (count < tokens.length && weights[count] >= share * weights[0]) {
        count++;
      }
      return first(count);
    }

    Candidates typical(double mass) {
      double entropy = 0;
      for (double weight : weights) {
        entropy -= weight / sum * Math.log(weight / sum);
      }
      double expected = entropy;
      Integer[] order = new Integer[tokens.length];
      Arrays.setAll(order, i -> i);
      Arrays.sort(
          order,
          (a, b) ->
              Double.compare(
                  Math.abs(-Math.log(weights[a] / sum) - expected),
                  Math.abs(-Math.log(weights[b] / sum) - expected)));
      double reached = 0;
      int count = 0;
      while (count < order.length && reached < mass * sum) {
        reached += weights[order[count++]];
      }
      int[] kept = Arrays.stream(order, 0, count).mapToInt(Integer::intValue).sorted().toArray();
      return new Candidates(
          Arrays.stream(kept).map(i -> tokens[i]).toArray(),
          Arrays.stream(kept).mapToDouble(i -> weights[i]).toArray());
    }

    private Candidates first(int count) {
      return new Candidates(Arrays.copyOf(tokens, count), Arrays.copyOf(weights, count));
    }
  }
}
