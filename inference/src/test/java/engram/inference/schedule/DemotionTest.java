package engram.inference.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import engram.inference.EngineStatus.TenantLoad;
import engram.inference.Generation;
import engram.inference.GenerationEvent;
import engram.inference.Sampling;
import engram.inference.ScheduleSettings;
import engram.inference.decode.Sampler;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Requests that give their pages up in the middle say what they would have said.
class DemotionTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());
  private static final int VOCABULARY = 11;

  private static List<Integer> alone(HashChainModel model, JobRequest request) {
    int[] tokens = Arrays.copyOf(request.prompt(), request.prompt().length + request.maxTokens());
    List<Integer> output = new ArrayList<>();
    for (int length = request.prompt().length; length < tokens.length; length++) {
      float[] scores = model.scoresAfter(tokens, length);
      tokens[length] = new Sampler(request.sampling()).sample(scores, length);
      output.add(tokens[length]);
    }
    return output;
  }

  private static List<Integer> drain(Generation generation) throws InterruptedException {
    List<Integer> tokens = new ArrayList<>();
    for (GenerationEvent event = generation.next(Duration.ZERO);
        event instanceof GenerationEvent.Token token;
        event = generation.next(Duration.ZERO)) {
      tokens.add(token.token());
    }
    return tokens;
  }

  @Test
  void noTokenAndNoPageIsLostWhateverTheTierLoses() throws Exception {
    int restored = 0;
    int demoted = 0;
    int seenInTier = 0;
    for (int round = 0; round < 200; round++) {
      Random random = new Random(SEED + round);
      HashChainModel model = new HashChainModel(VOCABULARY, 60, 4, 22 + random.nextInt(12));
      model.tiered = true;
      model.loseEvery = random.nextBoolean() ? Integer.MAX_VALUE : 1 + random.nextInt(3);
      Scheduler scheduler =
          new Scheduler(
              model,
              new ScheduleSettings(
                  9, 4, 99, 99, 9, 4, 99, Duration.ofMinutes(1), random.nextBoolean()),
              () -> Instant.EPOCH,
              () -> {});
      List<JobRequest> requests = new ArrayList<>();
      List<Generation> generations = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        JobRequest request =
            JobRequest.of(
                random.ints(1 + random.nextInt(20), 0, VOCABULARY).toArray(),
                1 + random.nextInt(30),
                Sampling.at(1, random.nextLong()));
        requests.add(request);
        generations.add(scheduler.submit(request));
      }
      int cancelled = random.nextInt(12);
      // A tier that answers later makes some steps have nothing to do.
      for (int idle = 0; idle < 3; ) {
        idle = scheduler.step() ? 0 : idle + 1;
        seenInTier += scheduler.load(true).tenants().stream().mapToInt(TenantLoad::tierPages).sum();
        if (random.nextInt(20) == 0 && cancelled < 6) {
          generations.get(cancelled).cancel();
        }
      }
      for (int i = 0; i < 6; i++) {
        List<Integer> tokens = drain(generations.get(i));
        List<Integer> expected = alone(model, requests.get(i));
        assertThat(tokens)
            .as("-Dseed=%d, round %d, request %d", SEED, round, i)
            .isEqualTo(i == cancelled ? expected.subList(0, tokens.size()) : expected);
      }
      scheduler.close();
      assertThat(model.pagesFree()).isEqualTo(model.pagesTotal());
      assertThat(model.kept()).as("-Dseed=%d, round %d", SEED, round).isZero();
      restored += model.restored;
      demoted += model.demoted;
    }
    assertThat(demoted).isPositive();
    assertThat(seenInTier).isPositive();
    assertThat(restored).isPositive().isLessThan(demoted);
  }
}
