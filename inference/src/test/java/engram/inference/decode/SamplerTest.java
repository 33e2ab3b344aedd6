package engram.inference.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import engram.inference.Sampling;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SamplerTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());

  private static float[] randomScores(Random random, int size) {
    float[] scores = new float[size];
    for (int i = 0; i < size; i++) {
      scores[i] =
          random.nextInt(6) == 0 ? Float.NEGATIVE_INFINITY : (float) (random.nextGaussian() * 3);
    }
    scores[random.nextInt(size)] = 1;
    return scores;
  }

  /// The distribution as the settings describe it, one filter after the other over sorted lists.
  private static double[] slowDistribution(float[] scores, Sampling sampling) {
    double max = Double.NEGATIVE_INFINITY;
    for (float score : scores) {
      max = Math.max(max, score);
    }
    double[] p = new double[scores.length];
    for (int i = 0; i < p.length; i++) {
      p[i] = Math.exp((scores[i] - max) / sampling.temperature());
    }
    normalise(p);
    if (sampling.topK() > 0) {
      keep(p, sorted(p).subList(0, Math.min(sampling.topK(), p.length)));
    }
    if (sampling.topP() < 1) {
      keep(p, untilMass(sorted(p), p, sampling.topP()));
    }
    double most = Arrays.stream(p).max().orElseThrow();
    List<Integer> likely = new ArrayList<>(sorted(p));
    double floor = sampling.minP() * most;
    likely.removeIf(i -> p[i] < floor);
    keep(p, likely);
    if (sampling.typicalP() < 1) {
      double entropy = 0;
      for (double one : p) {
        entropy -= one > 0 ? one * Math.log(one) : 0;
      }
      double expected = entropy;
      List<Integer> byTypicality = new ArrayList<>(sorted(p));
      byTypicality.removeIf(i -> p[i] == 0);
      byTypicality.sort(Comparator.comparingDouble(i -> Math.abs(-Math.log(p[i]) - expected)));
      keep(p, untilMass(byTypicality, p, sampling.typicalP()));
    }
    return p;
  }

  private static List<Integer> sorted(double[] p) {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < p.length; i++) {
      order.add(i);
    }
    order.sort(Comparator.comparingDouble((Integer i) -> -p[i]).thenComparing(i -> i));
    return order;
  }

  private static List<Integer> untilMass(List<Integer> order, double[] p, double mass) {
    double reached = 0;
    for (int i = 0; i < order.size(); i++) {
      reached += p[order.get(i)];
      if (reached >= mass) {
        return order.subList(0, i + 1);
      }
    }
    return order;
  }

  private static void keep(double[] p, List<Integer> kept) {
    Set<Integer> stay = new HashSet<>(kept);
    for (int i = 0; i < p.length; i++) {
      p[i] = stay.contains(i) ? p[i] : 0;
    }
    normalise(p);
  }

  private static void normalise(double[] p) {
    double sum = Arrays.stream(p).sum();
    for (int i = 0; i < p.length; i++) {
      p[i] /= sum;
    }
  }

  @Test
  void drawsFollowTheDistributionThatTheSettingsDescribe() {
    Random random = new Random(SEED);
    for (int round = 0; round < 40; round++) {
      float[] scores = randomScores(random, 2 + random.nextInt(40));
      Sampling sampling =
          Sampling.at(0.3f + random.nextFloat() * 2, random.nextLong())
              .withTopK(random.nextInt(3) == 0 ? 1 + random.nextInt(10) : 0)
              .withTopP(random.nextBoolean() ? 1 : 0.05f + 0.9f * random.nextFloat())
              .withMinP(random.nextBoolean() ? 0 : random.nextFloat() * 0.5f)
              .withTypicalP(random.nextInt(3) > 0 ? 1 : 0.1f + 0.8f * random.nextFloat());
      String how = "-Dseed=%d, round %d, %s".formatted(SEED, round, sampling);
      double[] expected = slowDistribution(scores, sampling);
      int draws = 4000;
      int[] counts = new int[scores.length];
      Sampler sampler = new Sampler(sampling);
      for (int position = 0; position < draws; position++) {
        counts[sampler.sample(scores, position)]++;
      }
      double chiSquare = 0;
      int cells = 0;
      for (int token = 0; token < scores.length; token++) {
        if (expected[token] == 0) {
          assertThat(counts[token]).as(how + ", token " + token).isZero();
        } else if (expected[token] * draws >= 5) {
          double mean = expected[token] * draws;
          chiSquare += (counts[token] - mean) * (counts[token] - mean) / mean;
          cells++;
        }
      }
      // Mean and spread of chi square, with six standard deviations of room.
      assertThat(chiSquare).as(how).isLessThan(cells + 6 * Math.sqrt(2.0 * cells) + 12);
    }
  }

  /// As many as stay are sorted: with a large vocabulary that is the time that a token takes.
  @ParameterizedTest
  @CsvSource({"0.2, 1, 1", "0.2, 0.9, 1", "0, 0.5, 1", "0.2, 1, 0.5"})
  void whatIsAllocatedGrowsWithTheCandidatesAndNotTheVocabulary(
      float minP, float topP, float typicalP) {
    int size = 200_000;
    float[] scores = new float[size];
    Random random = new Random(SEED);
    for (int i = 0; i < size; i++) {
      scores[i] = (float) random.nextGaussian();
    }
    for (int i = 0; i < 20; i++) {
      scores[random.nextInt(size)] = 20;
    }
    Sampler sampler =
        new Sampler(Sampling.at(1, 7).withMinP(minP).withTopP(topP).withTypicalP(typicalP));
    sampler.sample(scores, 0); // the row that it keeps
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    int token = sampler.sample(scores, 1);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(scores[token]).as("-Dseed=%d", SEED).isEqualTo(20);
    assertThat(allocated).as("-Dseed=%d, bytes", SEED).isLessThan(size);
  }

  @Test
  void atTemperatureZeroTheHighestWinsAndTiesGoToTheLowerId() {
    Sampler greedy = new Sampler(Sampling.GREEDY);
    assertThat(greedy.sample(new float[] {1, 3, 3, 2}, 9)).isEqualTo(1);
  }

  @Test
  void theSameSeedAndPositionGiveTheSameTokenWhateverWasDrawnBefore() {
    Random random = new Random(SEED);
    float[] scores = randomScores(random, 100);
    Sampling sampling = Sampling.at(1, 42);
    Sampler fresh = new Sampler(sampling);
    Sampler used = new Sampler(sampling);
    for (int i = 0; i < 50; i++) {
      used.sample(randomScores(random, 100), random.nextInt(1000));
    }
    for (int position = 0; position < 50; position++) {
      assertThat(used.sample(scores, position))
          .as("-Dseed=%d", SEED)
          .isEqualTo(fresh.sample(scores, position));
    }
  }

  @Test
  void anotherSeedGivesOtherTokens() {
    float[] flat = new float[1000];
    int same = 0;
    for (int position = 0; position < 200; position++) {
      same +=
          new Sampler(Sampling.at(1, 1)).sample(flat, position)
                  == new Sampler(Sampling.at(1, 2)).sample(flat, position)
              ? 1
              : 0;
    }
    assertThat(same).isLessThan(10);
  }

  @Test
  void penaltiesAndBiasAreTheArithmeticOfTheirSources() {
    TokenCounts counts = new TokenCounts(new int[] {0, 1});
    counts.add(2);
    counts.add(2);
    counts.add(3);
    float[] scores = {4, -4, 4, -4, 4};
    new Sampler(
            Sampling.GREEDY
                .withPenalties(2, 0.5f, 0.25f)
                .withLogitBias(Map.of(4, Float.NEGATIVE_INFINITY)))
        .adjust(scores, counts);
    // Prompt tokens are repeated ones, but only the output's have presence and frequency.
    assertThat(scores).containsExactly(2, -8, 2 - 1, -8 - 0.75f, Float.NEGATIVE_INFINITY);
  }

  @Test
  void logProbabilitiesAreThoseOfTheWholeRow() {
    float[] scores = {0, (float) Math.log(3), Float.NEGATIVE_INFINITY, (float) Math.log(4)};
    var score = LogProbs.of(scores, 0, 2);
    assertThat(score.logProb()).isCloseTo((float) Math.log(1 / 8.0), within(1e-6f));
    assertThat(score.top()).extracting(r -> r.token()).containsExactly(3, 1);
    assertThat(score.top().getFirst().logProb()).isCloseTo((float) Math.log(0.5), within(1e-6f));
    assertThat(LogProbs.of(scores, 0, 4).top()).hasSize(3);
  }

  @Test
  void theLargestComeInOrderAtAwkwardSizes() {
    Random random = new Random(SEED);
    for (int size : new int[] {1, 2, 31, 33, 100, 4097}) {
      float[] values = new float[size];
      for (int i = 0; i < size; i++) {
        values[i] = random.nextInt(20);
      }
      List<Integer> order = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        order.add(i);
      }
      order.sort(Comparator.comparingDouble((Integer i) -> -values[i]).thenComparing(i -> i));
      for (int count : new int[] {0, 1, 2, size / 2, size}) {
        if (count <= size) {
          assertThat(Selection.largest(values, count))
              .as("-Dseed=%d, %d of %d", SEED, count, size)
              .isEqualTo(order.subList(0, count).stream().mapToInt(i -> i).toArray());
        }
      }
    }
  }

  @Test
  void aRowWithoutAnyPossibleTokenIsRefused() {
    float[] none = {Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY};
    assertThatThrownBy(() -> new Sampler(Sampling.GREEDY).sample(none, 3))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("position 3");
    float[] broken = {0, Float.NaN};
    assertThatThrownBy(() -> new Sampler(Sampling.at(1, 0)).sample(broken, 3))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("token 1");
  }

  @Test
  void settingsBeyondTheirBoundsAreRefusedByName() {
    assertThatThrownBy(() -> Sampling.at(-1, 0)).hasMessageContaining("temperature -1.0");
    assertThatThrownBy(() -> Sampling.at(Float.NaN, 0)).hasMessageContaining("temperature NaN");
    assertThatThrownBy(() -> Sampling.GREEDY.withTopP(0)).hasMessageContaining("topP 0.0");
    assertThatThrownBy(() -> Sampling.GREEDY.withMinP(1.5f)).hasMessageContaining("minP 1.5");
    assertThatThrownBy(() -> Sampling.GREEDY.withTopK(-3)).hasMessageContaining("topK -3");
    assertThatThrownBy(() -> Sampling.GREEDY.withLogitBias(Map.of(1, Float.NaN)))
        .hasMessageContaining("token 1");
  }
}
