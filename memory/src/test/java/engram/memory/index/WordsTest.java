package engram.memory.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordsTest {
  private static Set<String> shared(String one, String other) {
    Set<String> words = new HashSet<>(Words.of(one));
    words.retainAll(Words.of(other));
    return words;
  }

  /// A question and what answers it must have a word in common, whatever the language, without the
  /// language being told.
  @ParameterizedTest
  @CsvSource({
    "'Wo wohnt meine Schwester?', 'Meine Schwester zog nach Köln'",
    "'Où habite ma sœur ?', 'Ma SŒUR est partie à Lyon'",
    "'¿Cuándo nació la niña?', 'La NINA tiene tres años'",
    "'Где живут мои кошки?', 'У меня две кошки'",
    "'Που μένουν οι γάτες;', 'Έχω δύο ΓΑΤΕΣ'",
    "'أين القطط؟', 'عندي قطط كثيرة'",
    "'मेरी बिल्लियाँ कहाँ हैं?', 'मेरे पास दो बिल्लियाँ हैं'",
    "'แมวของฉันอยู่ที่ไหน', 'ฉันมีแมวสองตัว'",
    "'我的猫在哪里睡觉', '猫在沙发上睡觉'",
    "'猫はどこで寝ますか', '猫はソファで寝ます'",
    "'고양이는 어디서 자나요', '고양이가 소파에서 자요'"
  })
  void aQuestionSharesAWordWithItsAnswer(String question, String answer) {
    assertThat(shared(question, answer)).isNotEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "'Wo ist die Katze von der Frau?', 'die der von'",
    "'Où est le chat de la dame ?', 'le de la'",
    "'What does the cat of the lady do?', 'what does the of'",
    "'Где кошка и что она ест, когда я не дома?', 'и что она не'"
  })
  void grammarIsLeftOutWhereItTellsTheLanguage(String text, String grammar) {
    assertThat(Words.of(text)).isNotEmpty().doesNotContain(grammar.split(" "));
  }

  @Test
  void aFewEnglishWordsAreWordsInOtherLanguages() {
    // "or" is gold in French, "die" is the article in German and a verb in English.
    assertThat(Words.of("La bague est en or et les boucles sont en argent")).contains("or");
    assertThat(Words.of("They said that he will die of it")).contains("die");
  }

  @Test
  void namesAreFoldedAndNotStemmed() {
    assertThat(Words.names("Does José like Agnes' running?")).contains("jose", "running");
  }
}
