package engram.inference;

import java.util.Arrays;

/// Tokens guessed ahead, as a tree: node `i` follows node `parents[i]`, or the context where that
/// is -1. Parents come before their children.
///
/// @param tokens `[N]`
/// @param parents `[N]`, each below its index, at least -1
/// @param probabilities `[N]`, how likely the drafter holds a node given its parent; `(0, 1]`
@SuppressWarnings("ArrayRecordComponent") // never compared; small, and made once for each step
public record Draft(int[] tokens, int[] parents, float[] probabilities) {
  public static final Draft NONE = new Draft(new int[0], new int[0], new float[0]);

  public Draft {
    if (parents.length != tokens.length || probabilities.length != tokens.length) {
      throw new IllegalArgumentException(
          tokens.length
              + " tokens, "
              + parents.length
              + " parents, "
              + probabilities.length
              + " probabilities");
    }
    for (int i = 0; i < parents.length; i++) {
      if (parents[i] < -1 || parents[i] >= i) {
        throw new IllegalArgumentException("parents[" + i + "] is " + parents[i]);
      }
    }
  }

  /// A draft without branches.
  public static Draft path(int[] tokens, float[] probabilities) {
    int[] parents = new int[tokens.length];
    Arrays.setAll(parents, i -> i - 1);
    return new Draft(tokens, parents, probabilities);
  }

  public int size() {
    return tokens.length;
  }

  /// The tokens of the path with the greatest sum of probabilities from the context: how many of
  /// its tokens will be accepted, if the drafter is right about them. What an engine verifies whose
  /// forward pass reads no trees.
  public int[] likeliestPath() {
    double[] reach = new double[tokens.length];
    double[] expected = new double[tokens.length];
    int best = -1;
    for (int i = 0; i < tokens.length; i++) {
      double before = parents[i] < 0 ? 1 : reach[parents[i]];
      reach[i] = before * probabilities[i];
      expected[i] = reach[i] + (parents[i] < 0 ? 0 : expected[parents[i]]);
      if (best < 0 || expected[i] > expected[best]) {
        best = i;
      }
    }
    int length = 0;
    for (int node = best; node >= 0; node = parents[node]) {
      length++;
    }
    int[] path = new int[length];
    for (int node = best; node >= 0; node = parents[node]) {
      path[--length] = tokens[node];
    }
    return path;
  }
}
