package engram.inference.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class InferenceSoakTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());

  @TempDir private Path folder;

  @Test
  @EnabledOnOs(OS.LINUX)
  void everyRequestEndsAndNoPageIsLost() throws Exception {
    InferenceSoak.Result result = new InferenceSoak(Duration.ofSeconds(4), SEED).run(folder);
    assertThat(result.failures()).as("-Dseed=%d, %s", SEED, result).isEmpty();
    assertThat(result.pagesLeft()).as("-Dseed=%d", SEED).isZero();
    assertThat(result.bytesLeft()).as("-Dseed=%d", SEED).isZero();
    assertThat(result.looks()).hasSizeGreaterThan(3);
    assertThat(result.looks().getLast().ended()).isGreaterThan(40);
    assertThat(result.looks()).allMatch(look -> look.heap() > 0 && look.ended() >= 0);
    assertThat(result.ends().values().stream().mapToLong(Long::longValue).sum()).isGreaterThan(40);
  }
}
