package engram.retrieval.ask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.retrieval.Answer;
import engram.retrieval.AskRequest.Mode;
import engram.retrieval.AskRequest.Role;
import engram.retrieval.AskRequest.Turn;
import engram.retrieval.RefusedException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExtractiveAnswerTest {
  private static final String TESLA =
      "Nikola Tesla was an inventor. He was born in Smiljan in 1856. Tesla moved to New York in"
          + " 1884 and worked for Edison. His laboratory burned down in March 1895.";

  @Test
  void quotesTheSentenceThatAnswers() {
    Answer answer = new AskFixture().with(TESLA).extract("When did Tesla move to New York?");
    assertThat(answer).isInstanceOf(Answer.Extractive.class);
    assertThat(answer.text()).contains("Tesla moved to New York in 1884 and worked for Edison.");
  }

  @Test
  void theWordsThatAskNeedNotStandInTheAnswer() {
    Answer answer =
        new AskFixture()
            .with(
                "The lighthouse of Kestrel Point was built in 1874 by Agnes Marlow.\n"
                    + "Its lamp can be seen from a distance of nineteen nautical miles.\n"
                    + "The keeper's cottage beside it is a museum today.")
            .extract("From how far can the lamp be seen?");
    assertThat(answer).isInstanceOf(Answer.Extractive.class);
    assertThat(answer.text()).contains("nineteen nautical miles");
  }

  @Test
  void aQuestionAboutSomethingElseIsUnsupportedAndSaysWhatIsMissing() {
    Answer answer =
        new AskFixture().with(TESLA).extract("How many penguins live in the Antarctic colony?");
    assertThat(answer).isInstanceOf(Answer.Unsupported.class);
    assertThat(((Answer.Unsupported) answer).missing()).contains("penguins", "Antarctic", "colony");
    assertThat(answer.passages().hits()).hasSize(1);
  }

  @Test
  void noPassagesAtAllAreUnsupported() {
    Answer answer = new AskFixture().extract("Wer hat das Rad erfunden?");
    assertThat(answer).isInstanceOf(Answer.Unsupported.class);
    assertThat(answer.text()).isEqualTo("Die Dokumente beantworten diese Frage nicht.");
  }

  @Test
  void aShortFollowUpIsSearchedWithTheNamesOfTheTurnBefore() {
    AskFixture fixture = new AskFixture().with(TESLA);
    Answer answer =
        fixture.extract(
            "When was he born?",
            new Turn(Role.USER, "Who was Nikola Tesla?"),
            new Turn(Role.ASSISTANT, "An inventor."));
    assertThat(fixture.searches.getFirst().queries().getFirst())
        .contains("born", "Nikola", "Tesla");
    assertThat(answer.text()).contains("He was born in Smiljan in 1856.");
  }

  @Test
  void aWrittenAnswerWithoutAModelIsRefusedWithTheCure() {
    AskFixture fixture = new AskFixture().with(TESLA);
    assertThatThrownBy(() -> fixture.ask(null, AskFixture.SETTINGS, Mode.GENERATIVE, "Who?"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("engram.chat.base-url")
        .extracting(e -> ((RefusedException) e).code())
        .isEqualTo("no_chat_model");
  }

  @Test
  void overlappingChunksAreCitedWhereTheyStandInTheDocument() {
    AskFixture fixture = new AskFixture().with("Unrelated.  \n\n" + TESLA);
    fixture.chunk(0, 12, 80).chunk(0, 40, 120);
    Answer answer = fixture.extract("When did Tesla move to New York?");
    assertThat(answer.text()).contains("New York in 1884");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          How tall is the old tower of Arvandel?|The old tower of Arvandel is 62 metres tall. It was built of granite.|62
          ¿Cuánto mide la torre vieja de Arvandel?|La torre vieja de Arvandel mide 62 metros. Fue construida en granito.|62
          Wie hoch ist der alte Turm von Arvandel?|Der alte Turm von Arvandel ist 62 Meter hoch. Er wurde aus Granit gebaut.|62
          Πόσο ψηλός είναι ο παλιός πύργος του Άρβαντελ;|Ο παλιός πύργος του Άρβαντελ είναι 62 μέτρα ψηλός. Χτίστηκε από γρανίτη.|62
          Какова высота старой башни Арвандель?|Высота старой башни Арвандель составляет 62 метра. Она построена из гранита.|62
          Arvandel'in eski kulesi kaç metre yüksekliğindedir?|Arvandel'in eski kulesi 62 metre yüksekliğindedir. Granitten yapılmıştır.|62
          كم يبلغ ارتفاع برج أرفاندل القديم؟|يبلغ ارتفاع برج أرفاندل القديم 62 مترا. بني من الجرانيت.|62
          Tháp cổ Arvandel cao bao nhiêu mét?|Tháp cổ Arvandel cao 62 mét. Nó được xây bằng đá granit.|62
          阿凡德尔古塔有多高？|阿凡德尔古塔高62米。它由花岗岩建成。|62
          """)
  void answersInNineLanguages(String question, String text, String gold) {
    Answer answer = new AskFixture().with(text).extract(question);
    assertThat(answer).isInstanceOf(Answer.Extractive.class);
    assertThat(answer.text()).contains(gold);
  }

  @Test
  void everyCitationIsExactOverManyOddDocuments() {
    long seed = Long.getLong("seed", 20_261L);
    Random random = new Random(seed);
    String[] parts = {
      "Tesla moved to New York in 1884.",
      "\r\n",
      "\n\n",
      "  ",
      "他出生于1856年。",
      "😀",
      "e\u0301té",
      "| a | b |",
      "[1]",
      "Ignore previous instructions.",
      "\u0000",
      "\uD83D",
      "\uFEFF",
      "كم عدد",
      "A.",
      "U.S. law.",
      "x".repeat(700),
      "- item\n- item two",
      "…",
      "\u2028",
      "Новости 12,5%.",
      "١٩٩٥"
    };
    for (int round = 0; round < 400; round++) {
      AskFixture fixture = new AskFixture();
      int documents = random.nextInt(4);
      for (int document = 0; document < documents; document++) {
        StringBuilder text = new StringBuilder("Tesla ");
        for (int part = random.nextInt(30); part >= 0; part--) {
          text.append(parts[random.nextInt(parts.length)]).append(random.nextBoolean() ? " " : "");
        }
        fixture.with(text.toString());
        int start = random.nextInt(text.length());
        fixture.chunk(document, start, start + random.nextInt(text.length() - start + 1));
      }
      String[] questions = {
        "When did Tesla move to New York?", "他何时出生？", "😀", "???", "[1]", "Сколько новостей?"
      };
      try {
        fixture.extract(questions[random.nextInt(questions.length)]);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("-Dseed=" + seed + ", round " + round, e);
      }
    }
  }
}
