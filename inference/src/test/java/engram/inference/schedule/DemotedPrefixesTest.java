package engram.inference.schedule;

import static engram.inference.schedule.Requests.SEED;
import static engram.inference.schedule.Requests.VOCABULARY;
import static engram.inference.schedule.Requests.read;
import static engram.inference.schedule.Requests.settings;
import static engram.inference.schedule.Requests.slow;
import static engram.inference.schedule.Requests.with;
import static org.assertj.core.api.Assertions.assertThat;

import engram.inference.Generation;
import engram.inference.Priority;
import engram.inference.Sampling;
import engram.inference.schedule.Requests.Told;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Beginnings of prompts that nobody uses, in another tier until somebody does.
class DemotedPrefixesTest {
  private static final int PAGES = 30;

  private final HashChainModel model = new HashChainModel(VOCABULARY, 100, 4, PAGES);
  private final Scheduler scheduler =
      new Scheduler(model, settings(64, 4, true), () -> Instant.EPOCH, () -> {});

  private static int[] prompt(int seed) {
    return new Random(SEED + seed).ints(81, 0, VOCABULARY).toArray();
  }

  /// A tier that answers later makes some steps have nothing to do.
  private static void work(Scheduler scheduler) {
    for (int idle = 0; idle < 3; ) {
      idle = scheduler.step() ? 0 : idle + 1;
    }
  }

  private Told told(int[] prompt) throws Exception {
    Generation generation = scheduler.submit(JobRequest.of(prompt, 3, Sampling.GREEDY));
    work(scheduler);
    return read(generation);
  }

  @Test
  void whatHadToGoIsReadAndNotComputedAgain() throws Exception {
    model.tiered = true;
    Told first = told(prompt(1));
    told(prompt(2));
    assertThat(model.demoted).as("two such prompts do not fit").isPositive();
    assertThat(model.restored).isZero();
    long computed = model.computedTokens;
    Told again = told(prompt(1));
    assertThat(again.tokens()).isEqualTo(first.tokens());
    assertThat(again.end().usage().cachedTokens()).isEqualTo(80);
    assertThat(model.computedTokens - computed).isEqualTo(1 + 2);
    assertThat(model.restored).isPositive();
    scheduler.close();
    assertThat(model.pagesFree()).isEqualTo(PAGES);
    assertThat(model.kept()).isZero();
  }

  /// What two prompts begin with is stored once, and comes back once.
  @Test
  void whatFollowsAPrefixIsStoredWithoutIt() throws Exception {
    model.tiered = true;
    int[] one = prompt(1);
    int[] other = Arrays.copyOf(one, one.length);
    other[60] = (other[60] + 1) % VOCABULARY;
    told(one);
    told(other);
    told(prompt(2));
    told(prompt(3));
    int demoted = model.demoted;
    long computed = model.computedTokens;
    assertThat(told(one).end().usage().cachedTokens()).isEqualTo(80);
    assertThat(told(other).end().usage().cachedTokens()).isEqualTo(80);
    assertThat(model.computedTokens - computed).isEqualTo(2 * (1 + 2));
    assertThat(demoted).isGreaterThan(3);
  }

  @Test
  void whatIsSoonerComputedIsNotStored() throws Exception {
    model.tiered = true;
    model.secondsInTier = 1e6;
    told(prompt(1));
    told(prompt(2));
    assertThat(model.demoted).isZero();
    assertThat(told(prompt(1)).end().usage().cachedTokens()).isZero();
    // A disk that became slow: what is there stays there.
    model.secondsInTier = 0;
    told(prompt(2));
    assertThat(model.demoted).isPositive();
    model.secondsInTier = 1e6;
    int restored = model.restored;
    told(prompt(1));
    assertThat(model.restored).isEqualTo(restored);
  }

  @Test
  void whatTheTierLostIsComputed() throws Exception {
    model.tiered = true;
    model.loseEvery = 1;
    Told first = told(prompt(1));
    told(prompt(2));
    Told again = told(prompt(1));
    assertThat(again.tokens()).isEqualTo(first.tokens());
    assertThat(again.end().usage().cachedTokens()).isZero();
    assertThat(model.restored).isZero();
    scheduler.close();
    assertThat(model.kept()).isZero();
    assertThat(model.pagesFree()).isEqualTo(PAGES);
  }

  @Test
  void othersSeeNothingOfIt() throws Exception {
    model.tiered = true;
    told(prompt(1));
    told(prompt(2));
    JobRequest stranger =
        with(JobRequest.of(prompt(1), 3, Sampling.GREEDY), "other", Priority.NORMAL, null);
    Generation generation = scheduler.submit(stranger);
    work(scheduler);
    assertThat(read(generation).end().usage().cachedTokens()).isZero();
    assertThat(model.restored).isZero();
  }

  /// Few pages, prompts that begin alike, requests that are cancelled while what they want is on
  /// its way, and a tier that loses some of it.
  @Test
  void noTokenAndNoPageIsLostWhateverComesAndGoes() throws Exception {
    int restored = 0;
    for (int round = 0; round < 100; round++) {
      Random random = new Random(SEED + round);
      int pages = 20 + random.nextInt(12);
      HashChainModel tiered = new HashChainModel(VOCABULARY, 60, 1 + random.nextInt(4), 4 * pages);
      tiered.tiered = true;
      tiered.loseEvery = random.nextBoolean() ? Integer.MAX_VALUE : 2 + random.nextInt(3);
      Scheduler many =
          new Scheduler(
              tiered,
              settings(9 + random.nextInt(20), 1 + random.nextInt(4), true),
              () -> Instant.EPOCH,
              () -> {});
      List<JobRequest> requests = new ArrayList<>();
      List<Generation> generations = new ArrayList<>();
      int cancelled = random.nextInt(40);
      for (int i = 0; i < 20; i++) {
        int[] prompt = new Random(SEED + random.nextInt(4)).ints(40, 0, VOCABULARY).toArray();
        int own = random.nextInt(41);
        for (int at = own; at < prompt.length; at++) {
          prompt[at] = random.nextInt(VOCABULARY);
        }
        JobRequest request =
            JobRequest.of(prompt, 1 + random.nextInt(10), Sampling.at(1, random.nextLong()));
        requests.add(request);
        generations.add(many.submit(request));
        for (int steps = random.nextInt(30); steps > 0; steps--) {
          many.step();
        }
        if (i == cancelled) {
          generations.get(i).cancel();
        }
      }
      work(many);
      for (int i = 0; i < requests.size(); i++) {
        List<Integer> expected = slow(tiered, requests.get(i));
        List<Integer> tokens = read(generations.get(i)).tokens();
        assertThat(tokens)
            .as("-Dseed=%d, round %d, request %d", SEED, round, i)
            .isEqualTo(i == cancelled ? expected.subList(0, tokens.size()) : expected);
      }
      many.close();
      assertThat(tiered.pagesFree()).as("-Dseed=%d, %d", SEED, round).isEqualTo(4 * pages);
      assertThat(tiered.kept()).as("-Dseed=%d, round %d", SEED, round).isZero();
      restored += tiered.restored;
    }
    assertThat(restored).isPositive();
  }
}
