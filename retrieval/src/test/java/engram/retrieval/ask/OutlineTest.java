package engram.retrieval.ask;

import static org.assertj.core.api.Assertions.assertThat;

import engram.retrieval.Hit;
import engram.retrieval.Source;
import engram.retrieval.Span;
import engram.retrieval.pack.Passage;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OutlineTest {
  private static final String TITLE = "Incident report: outage";

  private static List<String> quotable(String text) {
    return Outline.of(passage(text, 0)).stream().map(unit -> cut(text, unit)).toList();
  }

  /// Of each unit the text and what is above it, nearest first, without the title.
  private static List<String> outlined(String text) {
    return Outline.of(passage(text, 40)).stream()
        .map(unit ->
            cut(text, unit)
                + unit.above().stream()
                    .map(Outline.Above::text)
                    .filter(above -> !above.equals(TITLE))
                    .toList())
        .toList();
  }

  private static String cut(String text, Outline.Unit unit) {
    return text.substring(unit.span().start(), unit.span().end());
  }

  private static Passage passage(String text, int start) {
    Span span = new Span(start, start + text.length());
    Source source =
        new Source("c", "f", "f.txt", 1, TITLE, List.of("Operations"), 0, 0, List.of(), span);
    Hit hit = new Hit(1, 1, source, text, 1, Map.of(), 1, List.of(), null);
    return new Passage(source, text, 1, 1, List.of(hit));
  }

  @Test
  void renderedHeadingsAreAboveTheSentencesUnderThem() {
    assertThat(outlined("Root cause\n\nA key expired. Nobody saw it.\n\nImpact\n\nNone.\n"))
        .containsExactly(
            "A key expired.[Root cause, Operations]",
            "Nobody saw it.[Root cause, Operations]",
            "None.[Impact, Operations]");
  }

  @Test
  void markdownHeadingsNest() {
    assertThat(outlined("## Remote\nAt home.\n### Desk\nA chair.\n## Leave\nTen days."))
        .containsExactly(
            "At home.[Remote, Operations]",
            "A chair.[Desk, Remote, Operations]",
            "Ten days.[Leave, Operations]");
  }

  @Test
  void aShortLineHeadsTheLinesSetInUnderIt() {
    assertThat(outlined("Notes end here.\n\n4.2.0 (18 April 2026)\n  New: zip.\n\nBye."))
        .contains("New: zip.[4.2.0 (18 April 2026), Operations]");
  }

  @Test
  void theFirstRowOfATableIsAboveTheOthers() {
    assertThat(outlined("part,stock,days\nSK-7,214,3\nBT-4,56,10\n"))
        .containsExactly(
            "SK-7,214,3[part,stock,days, Operations]", "BT-4,56,10[part,stock,days, Operations]");
    assertThat(quotable("| Expense | Limit |\n|---|---:|\n| Books | 500 |\n"))
        .containsExactly("| Books | 500 |");
    assertThat(quotable("Ingrid | head\nTomasz | engineer")).hasSize(2);
  }

  @Test
  void eachLineOfJsonIsQuotedAlone() {
    assertThat(
            quotable(
                "{\n  \"rules\": [\n    {\"a\": \"x\", \"b\": 1},\n    {\"a\": \"y\"}\n  ]\n}"))
        .containsExactly("\"rules\": [", "{\"a\": \"x\", \"b\": 1},", "{\"a\": \"y\"}");
  }

  @Test
  void shortLinesThatTellSomethingCanBeQuoted() {
    assertThat(quotable("Phone: 12345\n\nWe answer at once.")).contains("We answer at once.");
    assertThat(outlined("Phone: 12345\n\nWe answer at once.")).hasSize(2);
    assertThat(outlined("Sales up 4 percent\n\nCosts down\n\nNew office in Bergen")).hasSize(3);
    assertThat(quotable("Only line")).containsExactly("Only line");
  }

  @Test
  void theDocumentsTitleIsNeverQuoted() {
    assertThat(quotable(TITLE + "\n\nIt is over.")).containsExactly("It is over.");
    assertThat(outlined(TITLE + "\n\nIt is over.")).containsExactly("It is over.[Operations]");
  }

  @Test
  void longRowsAreCutAndNothingIsLost() {
    String row = "word ".repeat(400);
    String text = row + "|x\n" + row + "|y";
    assertThat(quotable(text))
        .allMatch(part -> part.length() <= 600)
        .satisfies(parts ->
            assertThat(String.join("", parts).replace(" ", ""))
                .isEqualTo(text.replaceAll("\\s", "")));
  }
}
