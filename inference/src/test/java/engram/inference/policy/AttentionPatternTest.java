package engram.inference.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.inference.AttentionPattern;
import engram.inference.AttentionPattern.Positions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AttentionPatternTest {
  /// A pattern, and whether a query sees a key by the method's definition.
  record Case(AttentionPattern pattern, Sees sees) {
    interface Sees {
      boolean test(int query, int key);
    }
  }

  static Stream<Case> cases() {
    return Stream.of(
        new Case(new DensePattern(), (query, key) -> key <= query),
        new Case(new StreamingPattern(4, 8), (q, k) -> k <= q && (k < 4 || k > q - 8)),
        new Case(new StreamingPattern(0, 1), (q, k) -> k == q),
        new Case(new StreamingPattern(3, 40), (q, k) -> k <= q && (k < 3 || k > q - 40)),
        new Case(new LambdaMask(10, 16), (q, k) -> k <= q && (k < 10 || q - k < 16)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void spansAreExactlyWhatTheQuerySees(Case one) {
    for (int query = 0; query < 100; query++) {
      int[] spans = one.pattern.spans(query);
      int last = -1;
      boolean[] seen = new boolean[query + 2];
      for (int i = 0; i < spans.length; i += 2) {
        assertThat(spans[i]).isGreaterThan(last).isLessThan(spans[i + 1]);
        last = spans[i + 1];
        for (int key = spans[i]; key < spans[i + 1]; key++) {
          seen[key] = true;
        }
      }
      for (int key = 0; key <= query + 1; key++) {
        assertThat(seen[key])
            .as("query %d, key %d", query, key)
            .isEqualTo(one.sees.test(query, key));
      }
    }
  }

  @Test
  void eachMethodSaysWhereKeysStand() {
    assertThat(List.of(new DensePattern().positions(), new StreamingPattern(4, 8).positions()))
        .containsExactly(new Positions.True(), new Positions.InCache());
    assertThat(new LambdaMask(10, 4096).positions()).isEqualTo(new Positions.Capped(4096));
    assertThatThrownBy(() -> new LambdaMask(10, 0)).hasMessageContaining("local 0 < 1");
  }
}
