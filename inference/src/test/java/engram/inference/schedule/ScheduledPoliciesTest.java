package engram.inference.schedule;

import static engram.inference.schedule.Requests.SEED;
import static engram.inference.schedule.Requests.VOCABULARY;
import static engram.inference.schedule.Requests.read;
import static engram.inference.schedule.Requests.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.inference.CacheMethods;
import engram.inference.Generation;
import engram.inference.Sampling;
import engram.inference.ScheduleSettings;
import engram.inference.decode.LogProbs;
import engram.inference.policy.SnapKv;
import engram.inference.policy.SurprisingTokens;
import engram.inference.schedule.Requests.Told;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Requests whose caches are cut down by a policy.
class ScheduledPoliciesTest {
  private static Scheduler scheduler(HashChainModel model, ScheduleSettings settings) {
    return new Scheduler(model, settings, () -> Instant.EPOCH, () -> {});
  }

  @Test
  void aPolicyThatReadsSurpriseIsToldThatOfEveryToken() throws Exception {
    HashChainModel model = new HashChainModel(VOCABULARY, 100, 4, 100);
    Scheduler scheduler = scheduler(model, settings(7, 2, true));
    int[] prompt = new Random(SEED).ints(20, 0, VOCABULARY).toArray();
    Generation generation =
        scheduler.submit(
            JobRequest.of(prompt, 10, Sampling.GREEDY)
                .with(new CacheMethods(new SurprisingTokens(2, 4, 1), 8)));
    while (scheduler.step()) {}
    Told told = read(generation);
    int[] all = Arrays.copyOf(prompt, 30);
    for (int i = 20; i < 30; i++) {
      all[i] = told.tokens().get(i - 20);
    }
    assertThat(model.scores).hasSize(29);
    for (int i = 1; i < 30; i++) {
      assertThat(model.scores.get(i))
          .isEqualTo(LogProbs.of(model.scoresAfter(all, i), all[i], 0).logProb());
    }
    scheduler.close();
    assertThat(model.pagesFree()).isEqualTo(100);
  }

  @Test
  void policiesThatCannotBeServedAreRefusedAtOnce() {
    HashChainModel model = new HashChainModel(VOCABULARY, 100, 4, 100);
    Scheduler scheduler = scheduler(model, settings(7, 2, true));
    assertThatThrownBy(() -> scheduler.submit(cut(new CacheMethods(SnapKv.DEFAULT, 64))))
        .hasMessage("snapkv needs [COLSUM_W]; this model gives [LOGPROB]");
    assertThatThrownBy(
            () -> scheduler.submit(cut(new CacheMethods(new SurprisingTokens(2, 4, 1), 5))))
        .hasMessage("sirllm: budgetTokens 5 < 6 that always stay");
  }

  private static JobRequest cut(CacheMethods methods) {
    return JobRequest.of(new int[] {1}, 10, Sampling.GREEDY).with(methods);
  }
}
