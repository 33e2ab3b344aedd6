package engram.retrieval;

import static org.assertj.core.api.Assertions.assertThat;

import engram.retrieval.CitationQuality.Statement;
import engram.retrieval.ask.WordSupport;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CitationQualityTest {
  /// Carries a claim when every letter of it is in some source.
  private static final SupportChecker LETTERS =
      new SupportChecker() {
        @Override
        public double support(String claim, List<String> sources) {
          return claim
                  .chars()
                  .filter(letter -> sources.stream().anyMatch(each -> each.indexOf(letter) >= 0))
                  .count()
              / (double) claim.length();
        }

        @Override
        public boolean carries(String claim, List<String> sources) {
          return support(claim, sources) == 1;
        }
      };

  @Test
  void recallAndPrecisionAreThoseOfThePaper() {
    CitationQuality quality =
        CitationQuality.of(
            List.of(
                new Statement("ab", List.of("a", "b")), // carried, both needed
                new Statement("ab", List.of("ab", "x")), // x is idle
                new Statement("ab", List.of("ab", "abc")), // both carry it alone
                new Statement("abc", List.of("a", "b")), // not carried: both idle
                new Statement("ab", List.of())),
            LETTERS);
    assertThat(quality).isEqualTo(new CitationQuality(5, 3, 8, 5));
    assertThat(quality.recall()).isEqualTo(0.6);
    assertThat(quality.precision()).isEqualTo(0.625);
    assertThat(quality.f1()).isEqualTo(2 * 0.6 * 0.625 / 1.225);
  }

  @Test
  void evidenceThatPeopleNamedIsComparedAsSets() {
    CitationQuality quality =
        CitationQuality.againstGold(
            List.of("p1", "p2", "p2", "p9"), Set.of("p1", "p2", "p3", "p4"));
    assertThat(quality.recall()).isEqualTo(0.5);
    assertThat(quality.precision()).isEqualTo(2.0 / 3);
  }

  @Test
  void nothingHasNoQuality() {
    assertThat(CitationQuality.NOTHING.recall()).isZero();
    assertThat(CitationQuality.NOTHING.precision()).isZero();
    assertThat(CitationQuality.NOTHING.f1()).isZero();
  }

  @Test
  void twoSourcesCarryTogetherWhatNoneDoesAlone() {
    WordSupport words = new WordSupport();
    String claim = "The harbour opened in 1931 and was closed by the flood of 1953.";
    String opened = "The harbour was opened in 1931.";
    String closed = "It was the flood of 1953 that closed it.";
    assertThat(words.carries(claim, List.of(opened))).isFalse();
    assertThat(words.carries(claim, List.of(opened, closed))).isTrue();
    assertThat(words.support(claim, List.of())).isZero();
  }
}
