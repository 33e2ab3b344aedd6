package engram.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/// Vectors of texts by latent semantic analysis: of words the first 384 singular vectors of what
/// stands beside what, times their values (Deerwester et al., JASIS 1990), by randomised subspace
/// iteration (Halko et al., SIAM Review 2011); of texts the weighted mean of their words less what
/// all texts have in common (Arora et al., ICLR 2017). No match for a trained model, but real
/// vectors of real text with a near and a far, made at ten thousands a second where no model can be
/// had.
///
/// Threads: any, once trained.
final class LatentVectors {
  static final int DIMENSIONS = 384;
  private static final int WINDOW = 4;
  private static final int ITERATIONS = 2;
  private static final double RARE = 1e-4;
  private static final long SEED = 7;

  private final Map<String, Integer> vocabulary;
  private final float[][] words;
  private final float[] weights;
  private final float[] common;

  private LatentVectors(
      Map<String, Integer> vocabulary, float[][] words, float[] weights, float[] common) {
    this.vocabulary = vocabulary;
    this.words = words;
    this.weights = weights;
    this.common = common;
  }

  /// @param sources of sentences
  static LatentVectors train(List<List<String>> sources) {
    Map<String, Integer> vocabulary = new HashMap<>();
    List<int[]> texts = new ArrayList<>();
    for (List<String> source : sources) {
      for (String sentence : source) {
        texts.add(
            split(sentence).stream()
                .mapToInt(word -> vocabulary.computeIfAbsent(word, next -> vocabulary.size()))
                .toArray());
      }
    }
    float[] weights = weights(texts, vocabulary.size());
    float[][] words = words(texts, weights);
    float[] none = new float[DIMENSIONS];
    LatentVectors raw = new LatentVectors(vocabulary, words, weights, none);
    float[] common = new float[DIMENSIONS];
    for (List<String> source : sources) {
      for (String sentence : source) {
        add(raw.of(sentence), 1f / texts.size(), common);
      }
    }
    return new LatentVectors(vocabulary, words, weights, common);
  }

  private static float[] weights(List<int[]> texts, int size) {
    long[] counts = new long[size];
    long all = 0;
    for (int[] text : texts) {
      for (int word : text) {
        counts[word]++;
        all++;
      }
    }
    float[] weights = new float[size];
    for (int word = 0; word < size; word++) {
      weights[word] = (float) (RARE / (RARE + (double) counts[word] / all));
    }
    return weights;
  }

  private static float[][] words(List<int[]> texts, float[] weights) {
    float[][] basis = new float[weights.length][];
    for (int word = 0; word < basis.length; word++) {
      basis[word] = random(SEED + word);
    }
    double[] lengths = new double[DIMENSIONS];
    for (int iteration = 0; iteration <= ITERATIONS; iteration++) {
      basis = company(texts, weights, basis);
      lengths = orthonormalise(basis);
    }
    for (float[] word : basis) {
      for (int i = 0; i < DIMENSIONS; i++) {
        word[i] *= (float) lengths[i];
      }
      unit(word);
    }
    return basis;
  }

  /// The matrix of what stands beside what, times another.
  private static float[][] company(List<int[]> texts, float[] weights, float[][] by) {
    float[][] company = new float[by.length][DIMENSIONS];
    for (int[] text : texts) {
      for (int at = 0; at < text.length; at++) {
        float[] to = company[text[at]];
        float own = (float) Math.sqrt(weights[text[at]]);
        for (int near = Math.max(0, at - WINDOW);
            near < Math.min(text.length, at + WINDOW + 1);
            near++) {
          add(by[text[near]], own * (float) Math.sqrt(weights[text[near]]), to);
        }
      }
    }
    return company;
  }

  /// Gram and Schmidt over the columns, modified.
  ///
  /// @return each column's length before it was made 1, near the singular value in the end
  private static double[] orthonormalise(float[][] rows) {
    double[] lengths = new double[DIMENSIONS];
    for (int column = 0; column < DIMENSIONS; column++) {
      double square = 0;
      double[] shared = new double[DIMENSIONS];
      for (float[] row : rows) {
        float own = row[column];
        square += (double) own * own;
        for (int later = column + 1; later < DIMENSIONS; later++) {
          shared[later] += own * row[later];
        }
      }
      lengths[column] = Math.sqrt(square);
      double by = square > 0 ? 1 / square : 0;
      for (float[] row : rows) {
        float own = row[column];
        if (own != 0) {
          for (int later = column + 1; later < DIMENSIONS; later++) {
            row[later] -= (float) (own * shared[later] * by);
          }
          row[column] = (float) (own / lengths[column]);
        }
      }
    }
    return lengths;
  }

  private static float[] random(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] vector = new float[DIMENSIONS];
    for (int i = 0; i < DIMENSIONS; i++) {
      vector[i] = random.nextBoolean() ? 1 : -1;
    }
    unit(vector);
    return vector;
  }

  /// Of length 1; of no known word a vector that depends on the text alone.
  float[] of(String text) {
    float[] sum = new float[DIMENSIONS];
    for (String word : split(text)) {
      Integer known = vocabulary.get(word);
      if (known == null) {
        add(random(word.hashCode()), 1, sum);
      } else {
        add(words[known], weights[known], sum);
      }
    }
    unit(sum);
    add(common, -1, sum);
    unit(sum);
    return dot(sum, sum) > 0 ? sum : random(text.hashCode());
  }

  static float dot(float[] a, float[] b) {
    float sum0 = 0;
    float sum1 = 0;
    float sum2 = 0;
    float sum3 = 0;
    for (int i = 0; i < DIMENSIONS; i += 4) {
      sum0 += a[i] * b[i];
      sum1 += a[i + 1] * b[i + 1];
      sum2 += a[i + 2] * b[i + 2];
      sum3 += a[i + 3] * b[i + 3];
    }
    return sum0 + sum1 + sum2 + sum3;
  }

  private static void add(float[] vector, float weight, float[] to) {
    for (int i = 0; i < DIMENSIONS; i++) {
      to[i] += weight * vector[i];
    }
  }

  private static void unit(float[] vector) {
    double length = Math.sqrt(dot(vector, vector));
    if (length > 0) {
      for (int i = 0; i < DIMENSIONS; i++) {
        vector[i] = (float) (vector[i] / length);
      }
    }
  }

  private static List<String> split(String text) {
    List<String> words = new ArrayList<>();
    String lower = text.toLowerCase(Locale.ROOT);
    int begin = -1;
    for (int i = 0; i <= lower.length(); i++) {
      boolean inWord = i < lower.length() && Character.isLetterOrDigit(lower.charAt(i));
      if (inWord && begin < 0) {
        begin = i;
      } else if (!inWord && begin >= 0) {
        words.add(lower.substring(begin, i));
        begin = -1;
      }
    }
    return words;
  }
}
