package engram.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Repeat with `-Dseed=…`; fewer or more kills with `-Dkills=…`.
class CrashTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());
  private static final int KILLS = Integer.getInteger("kills", 50);

  @TempDir Path folder;

  @Test
  void nothingIsLostDoubledOrHalfVisibleHoweverOftenTheServerIsKilled() {
    System.out.printf("-Dseed=%d -Dkills=%d%n", SEED, KILLS);
    CrashScenario.Result result = new CrashScenario(folder.resolve("data"), SEED).run(KILLS);
    System.out.printf(
        "%d kills, %d acknowledged operations, %d kills with loss (-Dseed=%d)%n",
        result.kills(), result.operations(), result.killsWithLoss(), result.seed());
    assertThat(result.losses()).as("-Dseed=%d", SEED).isEmpty();
    assertThat(result.operations())
        .as("the server must have lived long enough to do something")
        .isPositive();
  }
}
