package engram.inference.schedule;

import static engram.inference.schedule.Requests.SEED;
import static engram.inference.schedule.Requests.VOCABULARY;
import static engram.inference.schedule.Requests.drafted;
import static engram.inference.schedule.Requests.read;
import static engram.inference.schedule.Requests.settings;
import static engram.inference.schedule.Requests.slow;
import static org.assertj.core.api.Assertions.assertThat;

import engram.inference.CacheMethods;
import engram.inference.Draft;
import engram.inference.Drafter;
import engram.inference.FinishReason;
import engram.inference.Generation;
import engram.inference.GenerationEvent;
import engram.inference.LogitsProcessor;
import engram.inference.Priority;
import engram.inference.PromptPlanner;
import engram.inference.Sampling;
import engram.inference.policy.PrefixReuse;
import engram.inference.schedule.Requests.Told;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Methods that fail, and a fault of the engine itself: what it costs whom.
class FaultsTest {
  private final HashChainModel model = new HashChainModel(VOCABULARY, 100, 4, 100);
  private final int[] prompt = new Random(SEED).ints(9, 0, VOCABULARY).toArray();

  private Scheduler scheduler(PromptPlanner planner) {
    return new Scheduler(model, settings(64, 4, true), planner, () -> Instant.EPOCH, () -> {});
  }

  private static JobRequest with(
      JobRequest request, List<LogitsProcessor> processors, List<StepModel> companions) {
    return new JobRequest(
        request.prompt(),
        request.maxTokens(),
        request.sampling(),
        Set.of(),
        List.of(),
        -1,
        false,
        "",
        "",
        Priority.NORMAL,
        null,
        processors,
        companions,
        null,
        TextDecoder.SILENT,
        CacheMethods.ALL,
        null);
  }

  /// Looks beyond the scores at its third token.
  private static final class BeyondTheScores implements LogitsProcessor {
    private int calls;

    @Override
    public String name() {
      return "beyond";
    }

    @Override
    public void apply(float[] scores, StepView step) {
      if (++calls == 3) {
        scores[scores.length]++;
      }
    }
  }

  @Test
  void aProcessorsFaultEndsItsRequestAlone() throws Exception {
    Scheduler scheduler = scheduler(new PrefixReuse());
    JobRequest plain = JobRequest.of(prompt, 12, Sampling.GREEDY);
    Generation fails = scheduler.submit(with(plain, List.of(new BeyondTheScores()), List.of()));
    Generation beside = scheduler.submit(plain);
    while (scheduler.step()) {}
    Told told = read(fails);
    assertThat(told.tokens()).hasSize(2);
    assertThat(told.end().reason()).isEqualTo(FinishReason.FAILED);
    assertThat(told.end().message()).contains("IndexOutOfBounds");
    assertThat(read(beside).tokens()).as("-Dseed=%d", SEED).isEqualTo(slow(model, plain));
    scheduler.close();
    assertThat(model.pagesFree()).isEqualTo(100);
  }

  /// Fails when it is asked, when it is told, or when it is closed.
  private record BrokenDrafter(String when) implements Drafter {
    @Override
    public String name() {
      return "broken";
    }

    @Override
    public Draft propose(int[] tokens, int length, int maxTokens) {
      fail("asked");
      return Draft.NONE;
    }

    @Override
    public void accepted(int[] tokens, int length, int count) {
      fail(length == count ? "told the prompt" : "told");
    }

    @Override
    public void close() {
      fail("closed");
    }

    private void fail(String at) {
      if (at.equals(when)) {
        throw new IllegalStateException("broken when " + at);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"asked", "told the prompt", "told", "closed"})
  void aDraftersFaultCostsNothingButItsGuesses(String when) throws Exception {
    Scheduler scheduler = scheduler(new PrefixReuse());
    JobRequest plain = JobRequest.of(prompt, 12, Sampling.GREEDY);
    Generation generation = scheduler.submit(drafted(plain, new BrokenDrafter(when), Set.of()));
    while (scheduler.step()) {}
    Told told = read(generation);
    assertThat(told.tokens()).as("-Dseed=%d", SEED).isEqualTo(slow(model, plain));
    assertThat(told.end().reason()).isEqualTo(FinishReason.LENGTH);
    scheduler.close();
    assertThat(model.pagesFree()).isEqualTo(100);
  }

  /// Plans nothing for prompts of one length.
  private static final class PlansNothing implements PromptPlanner {
    private final PrefixReuse others = new PrefixReuse();

    @Override
    public String name() {
      return "nothing";
    }

    @Override
    public List<Plan> plan(List<Prompt> prompts, Catalog catalog) {
      return prompts.getLast().tokens().length == 5 ? List.of() : others.plan(prompts, catalog);
    }
  }

  @Test
  void aPlannersFaultEndsItsRequestAlone() throws Exception {
    Scheduler scheduler = scheduler(new PlansNothing());
    JobRequest plain = JobRequest.of(prompt, 12, Sampling.GREEDY);
    Generation beside = scheduler.submit(plain);
    scheduler.step();
    Generation fails = scheduler.submit(JobRequest.of(new int[5], 3, Sampling.GREEDY));
    Generation after = scheduler.submit(plain);
    while (scheduler.step()) {}
    assertThat(read(fails).end().message()).contains("could not start");
    assertThat(read(beside).tokens()).as("-Dseed=%d", SEED).isEqualTo(slow(model, plain));
    assertThat(read(after).tokens()).as("-Dseed=%d", SEED).isEqualTo(slow(model, plain));
    scheduler.close();
    assertThat(model.pagesFree()).isEqualTo(100);
  }

  @Test
  void theEnginesThreadOutlivesAFaultOfItsOwn() throws Exception {
    AtomicBoolean armed = new AtomicBoolean();
    HashChainModel faulty =
        new HashChainModel(VOCABULARY, 1000, 4, 1000) {
          @Override
          public int contextWindow() {
            if (armed.getAndSet(false)) {
              throw new IllegalStateException("a fault");
            }
            return super.contextWindow();
          }
        };
    try (EngineThread thread = new EngineThread("faulty", faulty, settings(64, 4, true))) {
      JobRequest endless = JobRequest.of(prompt, 900, Sampling.GREEDY);
      Generation fails = thread.submit(endless, () -> {});
      assertThat(fails.next(Duration.ofSeconds(30))).isNotNull();
      armed.set(true);
      assertThat(end(fails).message()).contains("a fault");
      JobRequest next = JobRequest.of(prompt, 3, Sampling.GREEDY);
      Generation after = thread.submit(next, () -> {});
      assertThat(end(after).usage().outputTokens()).isEqualTo(3);
    }
    assertThat(faulty.closed()).isTrue();
    assertThat(faulty.pagesFree()).isEqualTo(1000);
  }

  private static GenerationEvent.End end(Generation generation) throws InterruptedException {
    while (true) {
      GenerationEvent event = generation.next(Duration.ofSeconds(30));
      assertThat(event).as("an event within half a minute").isNotNull();
      if (event instanceof GenerationEvent.End end) {
        return end;
      }
    }
  }

  /// Whoever asks for more than a context has gets the context.
  @Test
  void companionsHoldNoMorePagesThanTheirContextHas() throws Exception {
    HashChainModel small = new HashChainModel(VOCABULARY, 100, 4, 30);
    LogitsProcessor reads =
        new LogitsProcessor() {
          @Override
          public String name() {
            return "reads";
          }

          @Override
          public List<String> companions() {
            return List.of("small");
          }

          @Override
          public void apply(float[] scores, StepView step) {}
        };
    for (int maxTokens : new int[] {100_000, Integer.MAX_VALUE}) {
      Scheduler scheduler = scheduler(new PrefixReuse());
      Generation generation =
          scheduler.submit(
              with(
                  JobRequest.of(prompt, maxTokens, Sampling.GREEDY),
                  List.of(reads),
                  List.of(small)));
      while (scheduler.step()) {}
      Told told = read(generation);
      assertThat(told.end().message()).isEqualTo("the model's context is full");
      assertThat(told.tokens()).hasSize(91);
      scheduler.close();
    }
    assertThat(small.pagesFree()).isEqualTo(30);
  }
}
