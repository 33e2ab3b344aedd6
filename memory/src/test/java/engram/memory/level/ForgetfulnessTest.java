package engram.memory.level;

import static org.assertj.core.api.Assertions.assertThat;

import engram.memory.LevelBank.Level;
import engram.memory.LevelBank.State;
import engram.memory.level.Forgetfulness.Held;
import engram.memory.level.Forgetfulness.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ForgetfulnessTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());
  private static final Instant NOW = Instant.parse("2024-06-01T00:00:00Z");

  @Test
  void theBudgetIsKeptByTheLeastRememberedInAnyOrderOfTheRows() {
    Random random = new Random(SEED);
    for (int round = 0; round < 500; round++) {
      List<Held> held = new ArrayList<>();
      int count = random.nextInt(30);
      for (int id = 0; id < count; id++) {
        int bytes = 50 + random.nextInt(500);
        held.add(
            new Held(
                id,
                Level.values()[1 + random.nextInt(2)],
                random.nextInt(3) == 0 ? State.BRIEF : State.FULL,
                bytes,
                Math.min(bytes, 60),
                random.nextInt(4),
                NOW.minus(Duration.ofHours(random.nextInt(2_000))),
                NOW.minus(Duration.ofHours(random.nextInt(2_000)))));
      }
      Forgetfulness rule = new Forgetfulness(10, random.nextInt(5_000));
      List<Step> steps = rule.plan(held, NOW);
      String repeat = "-Dseed=%d, round %d".formatted(SEED, round);

      long left = held.stream().mapToLong(Held::bytes).sum();
      for (Step step : steps) {
        left -= step.held().bytes() - (step.to() == State.DROPPED ? 0 : step.held().briefBytes());
      }
      assertThat(left).as(repeat).isLessThanOrEqualTo(Math.max(rule.budgetBytes(), 0));
      assertThat(steps.stream().map(step -> step.held().id()).toList())
          .as(repeat)
          .doesNotHaveDuplicates();
      List<Long> touched = steps.stream().map(step -> step.held().id()).toList();
      for (Step step : steps) {
        if (step.to() == State.DROPPED) {
          assertThat(held)
              .as("nothing goes while what is less remembered could be shortened, " + repeat)
              .allMatch(one ->
                  touched.contains(one.id())
                      || one.state() != State.FULL
                      || one.briefBytes() >= one.bytes()
                      || rule.retention(one.since(), one.recalls(), NOW) >= step.retention());
        }
      }
      Collections.shuffle(held, random);
      assertThat(rule.plan(held, NOW)).as(repeat).isEqualTo(steps);
    }
  }

  @Test
  void retentionIsEbbinghaussCurve() {
    Forgetfulness rule = new Forgetfulness(2, 0);

    assertThat(rule.retention(NOW.minus(Duration.ofDays(2)), 0, NOW)).isEqualTo(Math.exp(-1));
    assertThat(rule.retention(NOW.minus(Duration.ofDays(2)), 1, NOW)).isEqualTo(Math.exp(-0.5));
    assertThat(rule.retention(NOW.plus(Duration.ofDays(2)), 0, NOW)).isEqualTo(1);
  }
}
