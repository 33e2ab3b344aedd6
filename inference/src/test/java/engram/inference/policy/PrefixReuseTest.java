package engram.inference.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.inference.PromptPlanner.Catalog;
import engram.inference.PromptPlanner.Plan;
import engram.inference.PromptPlanner.Prompt;
import engram.inference.PromptPlanner.Segment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PrefixReuseTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());

  private static Catalog catalog(int[] cached, int pageTokens) {
    return new Catalog() {
      @Override
      public int cachedPrefix(String scope, int[] tokens) {
        int mismatch = Arrays.mismatch(cached, tokens);
        return scope.equals("a") ? (mismatch < 0 ? cached.length : mismatch) : 0;
      }

      @Override
      public int pageTokens() {
        return pageTokens;
      }
    };
  }

  @Test
  void sharedBeginningsAreComputedOnce() {
    List<Plan> plans =
        new PrefixReuse()
            .plan(
                List.of(
                    new Prompt("a", new int[] {1, 2, 3, 4, 5, 6, 7}),
                    new Prompt("a", new int[] {1, 2, 3, 4, 5, 6, 7}),
                    new Prompt("b", new int[] {1, 2, 3, 4, 5, 6, 7}),
                    new Prompt("a", new int[] {1, 2})),
                catalog(new int[] {1, 2, 3}, 2));
    assertThat(plans.get(0).segments())
        .containsExactly(new Segment.Reuse(0, 2), new Segment.Compute(2, 7));
    assertThat(plans.get(1).segments())
        .containsExactly(
            new Segment.Reuse(0, 2), new Segment.ReuseOf(0, 2, 6), new Segment.Compute(6, 7));
    assertThat(plans.get(2).segments()).containsExactly(new Segment.Compute(0, 7));
    assertThat(plans.get(3).segments()).containsExactly(new Segment.Compute(0, 2));
  }

  @Test
  void whatIsReusedAlwaysHasTheSameTokens() {
    Random random = new Random(SEED);
    for (int round = 0; round < 500; round++) {
      int[] cached = random.ints(random.nextInt(10), 0, 2).toArray();
      int pageTokens = 1 + random.nextInt(3);
      List<Prompt> prompts = new ArrayList<>();
      for (int i = random.nextInt(6); i >= 0; i--) {
        prompts.add(
            new Prompt(
                random.nextBoolean() ? "a" : "b",
                random.ints(1 + random.nextInt(12), 0, 2).toArray()));
      }
      List<Plan> plans = new PrefixReuse().plan(prompts, catalog(cached, pageTokens));
      for (int i = 0; i < plans.size(); i++) {
        int[] tokens = prompts.get(i).tokens();
        String how = "-Dseed=%d, round %d, prompt %d".formatted(SEED, round, i);
        assertThat(plans.get(i).segments().getLast().end()).as(how).isEqualTo(tokens.length);
        for (Segment segment : plans.get(i).segments()) {
          int end = segment.end();
          switch (segment) {
            case Segment.Reuse _ -> {
              assertThat(prompts.get(i).scope()).as(how).isEqualTo("a");
              assertThat(Arrays.copyOf(tokens, end)).as(how).isEqualTo(Arrays.copyOf(cached, end));
            }
            case Segment.ReuseOf other -> {
              assertThat(other.from()).as(how).isLessThan(i);
              assertThat(prompts.get(other.from()).scope()).isEqualTo(prompts.get(i).scope());
              assertThat(Arrays.copyOf(tokens, end))
                  .as(how)
                  .isEqualTo(Arrays.copyOf(prompts.get(other.from()).tokens(), end));
            }
            case Segment.Compute _ -> {}
            case Segment.Skip _ -> throw new AssertionError(how);
          }
        }
      }
    }
  }

  @Test
  void aPlanWithAGapIsRefused() {
    assertThatThrownBy(() -> new Plan(List.of(new Segment.Reuse(0, 2), new Segment.Compute(3, 4))))
        .hasMessageContaining("gap at 2");
    assertThatThrownBy(() -> new Plan(List.of(new Segment.Reuse(0, 2))))
        .hasMessageContaining("does not end");
  }
}
