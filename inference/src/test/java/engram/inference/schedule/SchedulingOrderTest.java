package engram.inference.schedule;

import static engram.inference.schedule.Requests.VOCABULARY;
import static engram.inference.schedule.Requests.read;
import static engram.inference.schedule.Requests.settings;
import static engram.inference.schedule.Requests.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.inference.FinishReason;
import engram.inference.Generation;
import engram.inference.OverloadedException;
import engram.inference.Priority;
import engram.inference.Sampling;
import engram.inference.ScheduleSettings;
import engram.inference.schedule.Requests.Told;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Who comes first, who waits, and who is refused.
class SchedulingOrderTest {
  private Instant now = Instant.EPOCH;

  private Scheduler scheduler(HashChainModel model, ScheduleSettings settings) {
    return new Scheduler(model, settings, () -> now, () -> {});
  }

  @Test
  void aLongPromptDoesNotHoldUpWhoIsDecoding() throws Exception {
    HashChainModel model = new HashChainModel(VOCABULARY, 1000, 8, 1000);
    Scheduler scheduler = scheduler(model, settings(16, 4, false));
    Generation quick = scheduler.submit(JobRequest.of(new int[] {1}, 50, Sampling.GREEDY));
    scheduler.step();
    scheduler.submit(JobRequest.of(new int[600], 5, Sampling.GREEDY));
    for (int step = 1; step <= 20; step++) {
      scheduler.step();
      assertThat(read(quick).tokens()).as("step %d", step).hasSize(step == 1 ? 2 : 1);
    }
  }

  @Test
  void tenantsShareTokensWhateverTheyAskFor() throws Exception {
    HashChainModel model = new HashChainModel(VOCABULARY, 100, 8, 1000);
    Scheduler scheduler = scheduler(model, settings(32, 2, false));
    List<Generation> greedy = new ArrayList<>();
    List<Generation> modest = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      greedy.add(
          scheduler.submit(
              with(JobRequest.of(new int[20], 10, Sampling.GREEDY), "a", Priority.NORMAL, null)));
    }
    for (int i = 0; i < 6; i++) {
      modest.add(
          scheduler.submit(
              with(JobRequest.of(new int[20], 10, Sampling.GREEDY), "b", Priority.NORMAL, null)));
    }
    int doneByOthers = 0;
    int doneOfModest = 0;
    while (doneOfModest < 6) {
      scheduler.step();
      for (Generation generation : List.copyOf(greedy)) {
        if (read(generation).end() != null) {
          greedy.remove(generation);
          doneByOthers++;
        }
      }
      for (Generation generation : List.copyOf(modest)) {
        if (read(generation).end() != null) {
          modest.remove(generation);
          doneOfModest++;
        }
      }
    }
    // Equal work for both; two run at a time, and both slots were the first tenant's at first.
    assertThat(doneByOthers).isBetween(4, 9);
  }

  @Test
  void interactiveRequestsGoFirst() throws Exception {
    HashChainModel model = new HashChainModel(VOCABULARY, 100, 8, 1000);
    Scheduler scheduler = scheduler(model, settings(32, 1, false));
    JobRequest any = JobRequest.of(new int[10], 5, Sampling.GREEDY);
    Generation batch = scheduler.submit(with(any, "a", Priority.BATCH, null));
    Generation normal = scheduler.submit(with(any, "a", Priority.NORMAL, null));
    Generation interactive = scheduler.submit(with(any, "a", Priority.INTERACTIVE, null));
    List<Generation> order = new ArrayList<>();
    while (scheduler.step()) {
      for (Generation generation : List.of(batch, normal, interactive)) {
        if (!order.contains(generation) && read(generation).end() != null) {
          order.add(generation);
        }
      }
    }
    assertThat(order).containsExactly(interactive, normal, batch);
  }

  @Test
  void aRequestThatIsCancelledFreesItsPagesAtTheNextPass() throws Exception {
    HashChainModel model = new HashChainModel(VOCABULARY, 100, 4, 100);
    Scheduler scheduler = scheduler(model, settings(64, 4, false));
    Generation generation = scheduler.submit(JobRequest.of(new int[30], 50, Sampling.GREEDY));
    scheduler.step();
    assertThat(model.pagesFree()).isLessThan(100);
    generation.cancel();
    assertThat(scheduler.step()).isFalse();
    assertThat(model.pagesFree()).isEqualTo(100);
    assertThat(read(generation).end().reason()).isEqualTo(FinishReason.CANCELLED);
  }

  @Test
  void aDeadlineEndsWaitingAndRunningRequests() throws Exception {
    HashChainModel model = new HashChainModel(VOCABULARY, 100, 4, 100);
    Scheduler scheduler = scheduler(model, settings(64, 1, false));
    JobRequest request =
        with(
            JobRequest.of(new int[3], 50, Sampling.GREEDY),
            "a",
            Priority.NORMAL,
            now.plusSeconds(5));
    Generation runs = scheduler.submit(request);
    Generation waits = scheduler.submit(request);
    scheduler.step();
    now = now.plusSeconds(5);
    scheduler.step();
    assertThat(read(runs).end().reason()).isEqualTo(FinishReason.DEADLINE);
    assertThat(read(waits).end().reason()).isEqualTo(FinishReason.DEADLINE);
    assertThat(model.pagesFree()).isEqualTo(100);
  }

  @Test
  void aConsumerThatDoesNotReadPausesOnlyItself() throws Exception {
    HashChainModel model = new HashChainModel(VOCABULARY, 400, 4, 1000);
    Scheduler scheduler =
        scheduler(
            model, new ScheduleSettings(64, 4, 9, 9, 64, 6, 64, Duration.ofMinutes(1), false));
    Generation slow = scheduler.submit(JobRequest.of(new int[3], 300, Sampling.GREEDY));
    Generation fast = scheduler.submit(JobRequest.of(new int[3], 300, Sampling.GREEDY));
    int read = 0;
    for (int step = 0; step < 300; step++) {
      scheduler.step();
      read += read(fast).tokens().size();
    }
    assertThat(read).isEqualTo(300);
    assertThat(scheduler.step()).isFalse();
    int first = read(slow).tokens().size();
    assertThat(first).isBetween(1, 64);
    assertThat(scheduler.step()).isTrue();
    while (scheduler.step()) {}
    now = now.plusSeconds(61);
    scheduler.step();
    assertThat(read(slow).end().message()).contains("nobody read");
    assertThat(model.pagesFree()).isEqualTo(1000);
  }

  @Test
  void tooManyRequestsAreRefusedWithTheTimeToComeBack() {
    HashChainModel model = new HashChainModel(VOCABULARY, 100, 4, 100);
    Scheduler scheduler =
        scheduler(
            model, new ScheduleSettings(64, 1, 3, 2, 64, 0, 64, Duration.ofMinutes(1), false));
    JobRequest any = JobRequest.of(new int[10], 5, Sampling.GREEDY);
    scheduler.submit(with(any, "a", Priority.NORMAL, null));
    scheduler.submit(with(any, "a", Priority.NORMAL, null));
    assertThatThrownBy(() -> scheduler.submit(with(any, "a", Priority.NORMAL, null)))
        .isInstanceOfSatisfying(
            OverloadedException.class,
            e -> assertThat(e.scope()).isEqualTo(OverloadedException.Scope.TENANT))
        .hasMessage("2 requests of this tenant wait, 2 may");
    scheduler.submit(with(any, "b", Priority.NORMAL, null));
    assertThatThrownBy(() -> scheduler.submit(with(any, "c", Priority.NORMAL, null)))
        .isInstanceOfSatisfying(
            OverloadedException.class,
            e -> {
              assertThat(e.scope()).isEqualTo(OverloadedException.Scope.ENGINE);
              assertThat(e.retryAfter()).isBetween(Duration.ofSeconds(1), Duration.ofMinutes(5));
            })
        .hasMessage("3 requests wait, 3 may");
    while (scheduler.step()) {}
    scheduler.submit(with(any, "c", Priority.NORMAL, null));
  }

  @Test
  void requestsThatCannotBeComputedAreRefusedByValueAndBound() {
    HashChainModel model = new HashChainModel(VOCABULARY, 20, 4, 100);
    Scheduler scheduler = scheduler(model, settings(64, 4, true));
    assertThatThrownBy(() -> scheduler.submit(JobRequest.of(new int[20], 5, Sampling.GREEDY)))
        .hasMessage("the prompt has 20 tokens; the model's context is 20");
    assertThatThrownBy(() -> scheduler.submit(JobRequest.of(new int[] {11}, 5, Sampling.GREEDY)))
        .hasMessage("the prompt has token 11; the vocabulary is 11");
    assertThatThrownBy(() -> JobRequest.of(new int[0], 5, Sampling.GREEDY))
        .hasMessage("the prompt has no token");
  }

  @Test
  void aPromptThatTheCacheCannotHoldFailsAndTheNextGoesOn() throws Exception {
    HashChainModel model = new HashChainModel(VOCABULARY, 100, 4, 5);
    Scheduler scheduler = scheduler(model, settings(64, 4, true));
    Generation large = scheduler.submit(JobRequest.of(new int[50], 5, Sampling.GREEDY));
    Generation small = scheduler.submit(JobRequest.of(new int[5], 40, Sampling.GREEDY));
    while (scheduler.step()) {}
    assertThat(read(large).end().message()).contains("13 pages; the cache has 5");
    Told told = read(small);
    assertThat(told.end().reason()).isEqualTo(FinishReason.LENGTH);
    assertThat(told.tokens()).hasSize(16);
  }

  @Test
  void aFailedPassEndsItsRequestsAndLosesNoPage() throws Exception {
    HashChainModel model = new HashChainModel(VOCABULARY, 100, 4, 100);
    model.failAt = 2;
    Scheduler scheduler = scheduler(model, settings(64, 4, true));
    Generation fails = scheduler.submit(JobRequest.of(new int[5], 40, Sampling.GREEDY));
    while (scheduler.step()) {}
    assertThat(read(fails).end().message()).contains("the pass fails");
    Generation next = scheduler.submit(JobRequest.of(new int[5], 4, Sampling.GREEDY));
    while (scheduler.step()) {}
    assertThat(read(next).tokens()).hasSize(4);
    scheduler.close();
    assertThat(model.pagesFree()).isEqualTo(100);
    assertThatThrownBy(() -> scheduler.submit(JobRequest.of(new int[5], 4, Sampling.GREEDY)))
        .hasMessage("the engine is closed");
  }
}
