package engram.retrieval.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class SentencesTest {
  private static List<String> split(String text, String language) {
    return Sentences.split(text, Locale.forLanguageTag(language)).stream()
        .map(span -> span.of(text))
        .toList();
  }

  @Test
  void abbreviationsInitialsAndDecimalsEndNoSentence() {
    assertThat(
            split(
                "Dr. Smith met J. R. Tolkien at 3.14 p.m. in the U.S. Senate. See No. 5, e.g. the last. Done.",
                "en"))
        .containsExactly(
            "Dr. Smith met J. R. Tolkien at 3.14 p.m. in the U.S. Senate.",
            "See No. 5, e.g. the last.",
            "Done.");
  }

  @Test
  void quotesAndBracketsStayWithTheirSentence() {
    assertThat(split("\"Is it you?\" he asked. (It was.) Then silence!", "en"))
        .containsExactly("\"Is it you?\" he asked.", "(It was.)", "Then silence!");
  }

  @Test
  void chineseJapaneseHindiArabicAndGreekEndWithTheirOwnMarks() {
    assertThat(split("今天天气很好。我们去公园吧！你去吗？", "zh")).hasSize(3);
    assertThat(split("吾輩は猫である。名前はまだ無い。", "ja")).hasSize(2);
    assertThat(split("यह पहला वाक्य है। यह दूसरा है।", "hi")).hasSize(2);
    assertThat(split("هل أنت هنا؟ نعم أنا هنا.", "ar")).hasSize(2);
    assertThat(split("Πού είσαι; Εδώ είμαι.", "el")).hasSize(2);
    assertThat(split("Hôm nay trời đẹp. Chúng ta đi chơi.", "vi")).hasSize(2);
  }

  @Test
  void longThaiTextIsCutBetweenPhrases() {
    String phrase = "ประเทศไทยมีประชากรประมาณหกสิบหกล้านคนและมีเมืองหลวงคือกรุงเทพมหานคร";
    assertThat(split((phrase + " ").repeat(6), "th")).hasSizeGreaterThan(2);
  }

  @Test
  void handWrappedLinesDoNotEndASentenceButShortLinesAndItemsDo() {
    assertThat(
            split(
                "This line was wrapped by hand in the\nmiddle of its only sentence, as\nold mail is.",
                "en"))
        .hasSize(1);
    assertThat(split("Shopping list for the whole week ahead\n- milk\n- bread", "en")).hasSize(3);
  }

  @Test
  void everyCharacterThatIsNotSpaceLiesInExactlyOneSentence() {
    String text = "  A. B! \r\n\r\n C?D 😀 e.\u00a0\n";
    StringBuilder joined = new StringBuilder();
    Sentences.split(text, Locale.ROOT).forEach(span -> joined.append(span.of(text)));
    assertThat(joined.toString().replaceAll("[\\s\\u00a0]", ""))
        .isEqualTo(text.replaceAll("[\\s\\u00a0]", ""));
    assertThat(Sentences.split("", Locale.ROOT)).isEmpty();
  }
}
