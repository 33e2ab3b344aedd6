package engram.eval.metric;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnswerTextTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Parents receive 20 weeks of leave, at full pay. | 20 weeks | true",
        "It was signed in the White House. | a white-house | true",
        "Parents receive 120 weeks. | 20 weeks | false",
        "The art of war | art | true",
        "Startling | art | false",
        "Er wohnt in MÜNCHEN. | münchen | true",
        "它位于北京市。 | 北京 | true",
        "anything | ... | false",
        "anything | the | false"
      })
  void anAnswerIsCarriedWhereItsWordsStandTogether(String text, String answer, boolean carried) {
    assertThat(AnswerText.carries(text, List.of(answer))).isEqualTo(carried);
  }

  @org.junit.jupiter.api.Test
  void oneOfTheAnswersIsEnough() {
    assertThat(AnswerText.carries("in 1999", List.of("2000", "1999"))).isTrue();
    assertThat(AnswerText.carries("in 1999", List.of())).isFalse();
  }
}
