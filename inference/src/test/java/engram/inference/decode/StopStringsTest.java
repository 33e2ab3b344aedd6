package engram.inference.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StopStringsTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());

  /// What a text becomes: up to the stop string that is whole first, the longest of several.
  private static String slow(String text, List<String> stops) {
    for (int end = 1; end <= text.length(); end++) {
      int start = -1;
      for (String stop : stops) {
        if (text.substring(0, end).endsWith(stop)) {
          int from = end - stop.length();
          start = start < 0 ? from : Math.min(start, from);
        }
      }
      if (start >= 0) {
        return text.substring(0, start);
      }
    }
    return text;
  }

  private static String random(Random random, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append("abc".charAt(random.nextInt(3)));
    }
    return text.toString();
  }

  @Test
  void anyCutIntoPiecesGivesTheSameText() {
    Random random = new Random(SEED);
    for (int round = 0; round < 3000; round++) {
      String text = random(random, random.nextInt(40));
      List<String> stops = new ArrayList<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        stops.add(random(random, 1 + random.nextInt(5)));
      }
      StopStrings filter = new StopStrings(stops);
      StringBuilder released = new StringBuilder();
      int at = 0;
      while (at < text.length() && !filter.stopped()) {
        int to = Math.min(text.length(), at + 1 + random.nextInt(6));
        released.append(filter.append(text.substring(at, to)));
        assertThat(slow(text, stops)).startsWith(released);
        at = to;
      }
      released.append(filter.end());
      assertThat(released.toString())
          .as("-Dseed=%d, round %d, '%s' stops %s", SEED, round, text, stops)
          .isEqualTo(slow(text, stops));
    }
  }

  @Test
  void noMoreIsHeldBackThanMayBecomeAStopString() {
    StopStrings filter = new StopStrings(List.of("<end>"));
    assertThat(filter.append("abc<")).isEqualTo("abc");
    assertThat(filter.append("e")).isEmpty();
    assertThat(filter.append("x")).isEqualTo("<ex");
    assertThat(filter.append("<end>tail")).isEmpty();
    assertThat(filter.stopped()).isTrue();
    assertThat(filter.end()).isEmpty();
    assertThatThrownBy(() -> filter.append("more")).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void badStopStringsAreRefused() {
    assertThatThrownBy(() -> new StopStrings(List.of(""))).hasMessageContaining("0 UTF-16 units");
    assertThatThrownBy(() -> new StopStrings(List.of("\uDE00x"))).hasMessageContaining("within");
    assertThatThrownBy(() -> new StopStrings(java.util.Collections.nCopies(17, "a")))
        .hasMessageContaining("17 stop strings > 16");
  }
}
