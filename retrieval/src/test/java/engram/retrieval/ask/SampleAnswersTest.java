package engram.retrieval.ask;

import static org.assertj.core.api.Assertions.assertThat;

import engram.retrieval.Access;
import engram.retrieval.Answer;
import engram.retrieval.Answer.Citation;
import engram.retrieval.Answerer.AnswerListener;
import engram.retrieval.AskRequest;
import engram.retrieval.AskRequest.Mode;
import engram.retrieval.Hit;
import engram.retrieval.SearchRequest;
import engram.retrieval.Source;
import engram.retrieval.Span;
import engram.retrieval.chunk.Chunk;
import engram.retrieval.chunk.StructuralChunker;
import engram.retrieval.cite.Citations;
import engram.retrieval.guard.InstructionDetector;
import engram.retrieval.pack.ModelTokens;
import engram.retrieval.pack.PackSettings;
import engram.retrieval.parse.DocumentParser;
import engram.retrieval.parse.Extraction;
import engram.retrieval.parse.ParseLimits;
import engram.retrieval.parse.ParseOutcome;
import engram.retrieval.parse.ParseProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Questions over the sample documents as they come out of the parsers and the chunker, all in one
/// collection: what the demo shows.
class SampleAnswersTest {
  private static final Map<String, String> TEXTS = new HashMap<>();
  private static GroundedAnswerer answerer;

  @BeforeAll
  static void index() throws IOException {
    List<ParagraphSearch.Entry> entries = new ArrayList<>();
    try (Stream<Path> files = Files.list(samples())) {
      for (Path file : files.sorted().filter(SampleAnswersTest::isDocument).toList()) {
        add(file, entries);
      }
    }
    answerer =
        new GroundedAnswerer(
            ParagraphSearch.over(entries),
            Widening.Around.NOTHING,
            PackSettings.DEFAULT,
            InstructionDetector.FITTED,
            Citations.withoutLayout(),
            null,
            ModelTokens.OF_CHUNKS,
            AskSettings.DEFAULT);
  }

  private static boolean isDocument(Path file) {
    return !file.getFileName().toString().equals("README.md");
  }

  private static Path samples() {
    Path at = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(at.resolve("samples"))) {
      at = java.util.Objects.requireNonNull(at.getParent(), "no folder samples above here");
    }
    return at.resolve("samples");
  }

  private static void add(Path file, List<ParagraphSearch.Entry> entries) {
    String name = file.getFileName().toString();
    ParseOutcome outcome =
        new DocumentParser().parse(file, name, null, ParseLimits.DEFAULT, ParseProgress.NONE);
    Extraction extraction =
        switch (outcome) {
          case ParseOutcome.Parsed(Extraction parsed) -> parsed;
          case ParseOutcome.Failed(var code, String message) ->
              throw new AssertionError(name + ": " + code + " " + message);
        };
    TEXTS.put(name, extraction.text());
    for (Chunk chunk : StructuralChunker.AUTO.chunk(extraction)) {
      Source source =
          new Source(
              "c",
              name,
              name,
              1,
              extraction.title(),
              chunk.headingPath(),
              chunk.pageFrom(),
              chunk.pageTo(),
              List.of(),
              new Span(chunk.start(), chunk.end()));
      int id = entries.size();
      String text = chunk.text(extraction);
      Hit hit = new Hit(id, id, source, text, chunk.tokens(), Map.of(), 0, List.of(), null);
      String searched = extraction.title() + "\n" + String.join("\n", chunk.headingPath());
      entries.add(new ParagraphSearch.Entry(name, searched + "\n" + text, hit));
    }
  }

  private static Answer ask(String question) {
    AskRequest request =
        new AskRequest(
            question,
            SearchRequest.of("c", question, 10),
            Mode.EXTRACTIVE,
            null,
            List.of(),
            16_000,
            null,
            null);
    Answer answer =
        answerer.ask(Access.all(new UUID(0, 0), "test"), request, new AnswerListener() {});
    for (Citation citation : answer.citations()) {
      Span span = citation.source().span();
      String text = TEXTS.get(citation.source().fileId());
      assertThat(text.substring(span.start(), span.end())).isEqualTo(citation.quote());
    }
    return answer;
  }

  /// The first quote has to come from the document, and the answer has to hold the words.
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          What was the root cause of the telemetry outage?;incident-2026-03.html;An expired TLS certificate on the message broker.
          How long is parental leave?;employee-handbook.md;20 weeks of parental leave at full pay
          Who approves a conference ticket?;employee-handbook.md;Conference ticket | 1,200 euros a year | team lead
          What is the lead time of the seal kit?;spare-parts.csv;HB-SK-7,Seal kit for the electronics housing,HB-200,214,3,39.00
          How long are support cases kept?;data-retention.json;3 years after they are closed
          What changed in firmware 4.2.0?;firmware-release-notes.txt;the default sampling interval is 10 minutes
          Does opening the housing void the warranty?;warranty-question.eml;housing does not void it
          When does the next technician course take place?;warranty-question.eml;7 to 9 September 2026
          How many days of paid vacation does an employee have?;employee-handbook.md;28 days of paid vacation
          How much is the home office allowance?;employee-handbook.md;400 euros once
          What is the sampling interval default?;firmware-release-notes.txt;the default sampling interval is 10 minutes
          How many buoys could not deliver data?;incident-2026-03.html;112 of 118 buoys
          What is the stock of the conductivity probe?;spare-parts.csv;HB-CP-3,Conductivity probe
          How long are server access logs kept?;data-retention.json;14 days
          How many days can I work remotely?;employee-handbook.md;up to three days a week
          """)
  void theSamplesAnswer(String question, String file, String words) {
    Answer answer = ask(question);
    assertThat(answer).isInstanceOf(Answer.Extractive.class);
    assertThat(answer.citations().getFirst().source().filename()).isEqualTo(file);
    assertThat(answer.text().replaceAll("\\s+", " ")).contains(words);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Who won the football world cup?",
        "What is the CEO's salary?",
        "How many buoys does NASA own?",
        "What is the policy on pets in the office?",
        "What does the HB-500 cost?"
      })
  void theSamplesDoNotAnswer(String question) {
    assertThat(ask(question)).isInstanceOf(Answer.Unsupported.class);
  }

  /// What is missed: for these the samples hold an answer, and it comes out as not sure enough.
  /// Move a question up when that changes.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Who do I report a lost laptop to?",
        "Was anybody hurt in the telemetry outage?",
        "How long does the warranty last?",
        "When does storm mode start?"
      })
  void theseAreStillRefused(String question) {
    assertThat(ask(question)).isInstanceOf(Answer.Unsupported.class);
  }

  @Test
  void aHeadingIsNoAnswer() {
    Answer answer = ask("What was the root cause of the telemetry outage?");
    assertThat(answer.citations())
        .extracting(Citation::quote)
        .doesNotContain("Root cause", "Incident report 2026-03: telemetry outage");
  }

  @Test
  void aRowIsNotQuotedBesideASentenceThatSaysAsMuch() {
    Answer answer = ask("What was the root cause of the telemetry outage?");
    assertThat(answer.text())
        .isEqualTo(
            "An expired TLS certificate on the message broker. The renewal job had been disabled on"
                + " 2 February during a migration and was never enabled again.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          Who found the root cause of the telemetry outage?;Root cause found by Tomasz Wrona
          At what time was the root cause of the outage found?;04:05 | Root cause found
          """)
  void aRowThatSaysMoreIsQuoted(String question, String words) {
    assertThat(ask(question).text()).contains(words);
  }
}
