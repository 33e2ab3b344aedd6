package engram.api.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LatenciesTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());

  @Test
  void quantilesLieInTheBucketOfTheTrueOne() {
    Random random = new Random(SEED);
    for (int round = 0; round < 200; round++) {
      List<Double> values = new ArrayList<>();
      List<Long> counts = new ArrayList<>(Collections.nCopies(Latencies.BUCKETS, 0L));
      for (int i = 0; i <= random.nextInt(500); i++) {
        double millis = Math.exp(random.nextDouble() * 10);
        values.add(millis);
        int bucket = Latencies.bucketOf(millis);
        counts.set(bucket, counts.get(bucket) + 1);
      }
      Collections.sort(values);
      for (double quantile : new double[] {0.01, 0.5, 0.95, 1}) {
        double exact = values.get((int) Math.ceil(quantile * values.size()) - 1);
        double found = new Latencies(counts).quantileMs(quantile);
        assertThat(Latencies.bucketOf(found))
            .as("-Dseed=%d, round %d, quantile %s", SEED, round, quantile)
            .isEqualTo(Latencies.bucketOf(exact));
      }
    }
  }

  @Test
  void nothingCountedIsZeroAndTheLongestCountAsAMinute() {
    List<Long> counts = new ArrayList<>(Collections.nCopies(Latencies.BUCKETS, 0L));
    assertThat(new Latencies(counts).quantileMs(0.5)).isZero();
    counts.set(Latencies.BUCKETS - 1, 3L);
    assertThat(new Latencies(counts).quantileMs(0.5)).isCloseTo(60_000, within(1e-9));
  }
}
