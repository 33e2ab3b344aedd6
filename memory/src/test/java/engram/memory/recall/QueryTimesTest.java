package engram.memory.recall;

import static org.assertj.core.api.Assertions.assertThat;

import engram.memory.index.Question.Interval;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QueryTimesTest {
  private static final Instant NOW = Instant.parse("2024-06-15T10:00:00Z");

  private static Interval days(String from, String to) {
    return new Interval(
        LocalDate.parse(from).atStartOfDay(ZoneOffset.UTC).toInstant(),
        LocalDate.parse(to).atStartOfDay(ZoneOffset.UTC).toInstant());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          What happened on 2023-05-08?          | 2023-05-08 | 2023-05-09
          What was on 8 May 2023?               | 2023-05-08 | 2023-05-09
          May 8th, 2023 was a Monday            | 2023-05-08 | 2023-05-09
          On Sept 8, 2023?                      | 2023-09-08 | 2023-09-09
          Was geschah am 8. Mai 2023?           | 2023-05-08 | 2023-05-09
          Was geschah am 8.5.2023?              | 2023-05-08 | 2023-05-09
          ¿Qué pasó el 8 de mayo de 2023?       | 2023-05-08 | 2023-05-09
          O que houve em 8 de maio de 2023?     | 2023-05-08 | 2023-05-09
          Que faisions-nous le 1er mai 2023 ?   | 2023-05-01 | 2023-05-02
          Cosa è successo l'8 maggio 2023?      | 2023-05-08 | 2023-05-09
          Wat gebeurde er op 8 mei 2023?        | 2023-05-08 | 2023-05-09
          Что было 8 мая 2023 года?             | 2023-05-08 | 2023-05-09
          Τι έγινε στις 8 Μαΐου 2023;           | 2023-05-08 | 2023-05-09
          8 Mayıs 2023 günü ne oldu?            | 2023-05-08 | 2023-05-09
          ماذا حدث في 8 مايو 2023؟              | 2023-05-08 | 2023-05-09
          2023年5月8日に何がありましたか        | 2023-05-08 | 2023-05-09
          2023년 5월 8일에 무엇을 했나요        | 2023-05-08 | 2023-05-09
          Where was she in May 2023?            | 2023-05-01 | 2023-06-01
          Wo war sie im Mai 2023?               | 2023-05-01 | 2023-06-01
          2023年5月我们去了哪里                 | 2023-05-01 | 2023-06-01
          Chúng ta đã đi đâu vào tháng 5 năm 2023? | 2023-05-01 | 2023-06-01
          मई 2023 में क्या हुआ?                  | 2023-05-01 | 2023-06-01
          Where was she in 2023?                | 2023-01-01 | 2024-01-01
          Где она была в 2023 году?             | 2023-01-01 | 2024-01-01
          2023 yılında neredeydi?               | 2023-01-01 | 2024-01-01
          2023年に何がありましたか              | 2023-01-01 | 2024-01-01
          What did I say yesterday?             | 2024-06-14 | 2024-06-15
          Was habe ich gestern gesagt?          | 2024-06-14 | 2024-06-15
          Qu'ai-je dit hier ?                   | 2024-06-14 | 2024-06-15
          ¿Qué dije ayer?                       | 2024-06-14 | 2024-06-15
          Τι είπα χθες;                         | 2024-06-14 | 2024-06-15
          昨天我说了什么                        | 2024-06-14 | 2024-06-15
          เมื่อวานฉันพูดอะไร                     | 2024-06-14 | 2024-06-15
          What was last week?                   | 2024-06-08 | 2024-06-15
          Was war letzte Woche?                 | 2024-06-08 | 2024-06-15
          Что было на прошлой неделе?           | 2024-06-08 | 2024-06-15
          先週何をしましたか                    | 2024-06-08 | 2024-06-15
          What was last month?                  | 2024-05-01 | 2024-06-01
          Cosa è successo il mese scorso?       | 2024-05-01 | 2024-06-01
          Wat was er vorig jaar?                | 2023-01-01 | 2024-01-01
          작년에 무엇을 했나요                  | 2023-01-01 | 2024-01-01
          What did I say three days ago?        | 2024-06-12 | 2024-06-13
          """)
  void timesAreReadInManyLanguages(String query, String from, String to) {
    assertThat(QueryTimes.of(query, NOW)).contains(days(from, to));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "May I ask who lives here?",
        "Wer wohnt hier?",
        "Heb je hier gewoond?",
        "31 June 2023x",
        "Is 1/2/2023 a date?",
        "room 2023",
        "setenta y mar",
        ""
      })
  void whatNamesNoTimeIsNone(String query) {
    assertThat(QueryTimes.of(query, NOW)).isEmpty();
  }

  @Test
  void aDayThatIsNotThereIsNoTimeButItsMonthIs() {
    assertThat(QueryTimes.of("31 June 2023", NOW))
        .containsExactly(days("2023-06-01", "2023-07-01"));
  }
}
