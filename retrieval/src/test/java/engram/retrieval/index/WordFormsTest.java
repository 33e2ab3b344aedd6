package engram.retrieval.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import engram.retrieval.Analysis;
import engram.retrieval.index.TextAnalysis.Language;
import engram.retrieval.index.TextAnalysis.QueryTerm;
import engram.retrieval.index.TextAnalysis.Word;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WordFormsTest {
  /// Two forms of a word that the stemmer of English keeps apart.
  @ParameterizedTest
  @CsvSource({
    "GERMAN, Die Häuser sind in der Straße, häuser, Wo ist das Haus, haus",
    "FRENCH, Les chevaux du roi sont à Paris, chevaux, Où est le cheval du roi, cheval",
    "SPANISH, Las luces de los barcos, luces, Qué luz es de los barcos, luz",
    "PORTUGUESE, Os animais são mais velhos do que as casas, animais, Quando foi que o animal do João morreu, animal",
    "ITALIAN, I bambini della vicina sono qui, bambini, Dove è il bambino della vicina, bambino",
    "DUTCH, De boeken van mijn vader, boeken, Waar is het boek van mijn vader, boek",
    "ROMANIAN, Orașele din țară sunt mari, orașele, Care este orașul cel mai mare, orașul",
    "TURKISH, Kitaplar için bir bilet gerekir, kitaplar, Hangi kitap için bilet gerekir, kitap",
  })
  void anInflectedWordIsFoundInItsLanguage(
      Language language, String text, String word, String query, String asked) {
    assertThat(LanguageHint.of(text)).isEqualTo(language);
    assertThat(LanguageHint.of(query)).isEqualTo(language);
    String form = only(language, word);
    assertThat(form).isEqualTo(only(language, asked));
    assertThat(only(Language.COMMON, word)).isNotEqualTo(only(Language.COMMON, asked));
    assertThat(TextAnalysis.words(text, Analysis.AUTO)).extracting(Word::term).contains(form);
    assertThat(TextAnalysis.queryTerms(query, Analysis.AUTO, 99))
        .filteredOn(term -> term.term().equals(form))
        .extracting(QueryTerm::weight)
        .containsExactly(1f);
  }

  private static String only(Language language, String word) {
    return TextAnalysis.forms(word, language).stream()
        .filter(form -> isForm(language, word, form))
        .findFirst()
        .orElseThrow();
  }

  private static boolean isForm(Language language, String word, String form) {
    var only = new Analysis(Analysis.Language.valueOf(code(language)));
    List<QueryTerm> terms = TextAnalysis.queryTerms(word, only, 9);
    return terms.getFirst().term().equals(form);
  }

  private static String code(Language language) {
    return switch (language) {
      case COMMON -> "COMMON";
      case GERMAN -> "DE";
      case FRENCH -> "FR";
      case SPANISH -> "ES";
      case PORTUGUESE -> "PT";
      case ITALIAN -> "IT";
      case DUTCH -> "NL";
      case ROMANIAN -> "RO";
      case TURKISH -> "TR";
      case VIETNAMESE -> "VI";
      case PLAIN -> "NONE";
    };
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Who was in the war",
        "The war in Syria",
        "Panthers defense Norman",
        "Hvem er det der har den bog og hvad er det for en",
        "Vem är det som har den boken och var är den",
        "Qui és el que ha de venir a casa",
        "Московский Le Monde de la Presse университет основан",
        "",
        "42",
      })
  void whatIsInDoubtGetsTheCommonForm(String text) {
    assertThat(LanguageHint.of(text)).isEqualTo(Language.COMMON);
  }

  @ParameterizedTest
  @CsvSource({
    "Leihgebühren | 5, de, GERMAN",
    "Tarifs | 5, fr, FRENCH",
    "Leihgebühren | 5, , COMMON",
    "Fees | 5, en, COMMON",
    "Preço | 5, pl, COMMON",
    "The fees are in the table of the house, de, COMMON",
    "Οι τιμές | 5, de, COMMON",
  })
  void aTableGoesByTheLanguageOfItsDocument(String text, String document, Language language) {
    assertThat(LanguageHint.of(text, document, Analysis.AUTO)).isEqualTo(language);
    assertThat(LanguageHint.of(text, document, new Analysis(Analysis.Language.NONE)))
        .isEqualTo(Language.PLAIN);
  }

  @Test
  void aQueryOfTheOtherFormStillCountsALittle() {
    assertThat(TextAnalysis.queryTerms("Où sont les chevaux du roi", Analysis.AUTO, 99))
        .filteredOn(term -> term.term().equals(only(Language.COMMON, "chevaux")))
        .extracting(QueryTerm::weight)
        .containsExactly(TextAnalysis.COMMON_FORM_WEIGHT);
  }

  @Test
  void aTermKnowsTheFirstWordOfTheQueryThatItIsAFormOf() {
    assertThat(TextAnalysis.queryTerms("Leaves, parental leave", Analysis.AUTO, 99))
        .extracting(QueryTerm::word, QueryTerm::weight)
        .containsExactly(tuple("Leaves", 2f), tuple("parental", 1f));
  }
}
