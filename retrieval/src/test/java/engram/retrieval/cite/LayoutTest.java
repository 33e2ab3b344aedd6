package engram.retrieval.cite;

import static org.assertj.core.api.Assertions.assertThat;

import engram.db.TestDatabase;
import engram.retrieval.Access;
import engram.retrieval.Answer.Citation;
import engram.retrieval.Box;
import engram.retrieval.Hit;
import engram.retrieval.Source;
import engram.retrieval.Span;
import engram.retrieval.chunk.Chunk;
import engram.retrieval.chunk.StructuralChunker;
import engram.retrieval.pack.Passage;
import engram.retrieval.parse.DocumentParser;
import engram.retrieval.parse.Extraction;
import engram.retrieval.parse.ExtractionJson;
import engram.retrieval.parse.ParseLimits;
import engram.retrieval.parse.ParseOutcome;
import engram.retrieval.parse.ParseProgress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.font.Standard14Fonts;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayoutTest {
  private static final String FIRST = "The buoy weighs 38 kilograms.";
  private static final String SECOND = "Its mast is 2 metres high.";
  private static final String THIRD = "The battery lasts for four years.";

  @TempDir static Path folder;
  private static TestDatabase database;
  private static Extraction extraction;

  private final UUID tenant = database.tenant("tenant " + UUID.randomUUID());
  private final Access access = Access.all(tenant, "key");
  private final Layout layout = new Layout(database.transactions(), database.jdbc());

  @BeforeAll
  static void parse() throws IOException {
    database = TestDatabase.fresh("engram.retrieval.library");
    Path file = folder.resolve("manual.pdf");
    PDType1Font font = new PDType1Font(Standard14Fonts.FontName.HELVETICA);
    try (PDDocument document = new PDDocument()) {
      page(document, font, FIRST, SECOND);
      page(document, font, THIRD);
      document.save(file.toFile());
    }
    ParseOutcome outcome =
        new DocumentParser()
            .parse(file, "manual.pdf", null, ParseLimits.DEFAULT, ParseProgress.NONE);
    extraction = ((ParseOutcome.Parsed) outcome).extraction();
  }

  private static void page(PDDocument document, PDType1Font font, String... lines)
      throws IOException {
    PDPage page = new PDPage();
    document.addPage(page);
    try (PDPageContentStream content = new PDPageContentStream(document, page)) {
      for (int line = 0; line < lines.length; line++) {
        content.beginText();
        content.setFont(font, 12);
        content.newLineAtOffset(72, 700 - 60 * line);
        content.showText(lines[line]);
        content.endText();
      }
    }
  }

  @AfterAll
  static void close() {
    database.close();
  }

  private void store(String structure) {
    String file = "file-" + tenant;
    database
        .transactions()
        .inTenant(
            tenant,
            () -> {
              run(
                  "insert into files (id, tenant_id, filename, purpose, bytes, sha256, version,"
                      + " created_by) values (:file, :tenant, 'manual.pdf', 'assistants', 1,"
                      + " 'abc', 1, 'key')",
                  file,
                  null);
              run(
                  "insert into file_versions (tenant_id, file_id, version, sha256, bytes,"
                      + " created_by) values (:tenant, :file, 1, 'abc', 1, 'key')",
                  file,
                  null);
              run(
                  "insert into extractions (tenant_id, sha256, type_hint, parser_version,"
                      + " media_type, page_count, text, structure) values (:tenant, 'abc', 'pdf',"
                      + " 1, 'application/pdf', 2, :file, :structure::jsonb)",
                  file,
                  structure);
            });
  }

  private void run(String sql, String file, String structure) {
    database
        .jdbc()
        .sql(sql)
        .param("tenant", tenant)
        .param("file", file)
        .param("structure", structure)
        .update();
  }

  /// All of the document as one chunk, as a search finds it.
  private Passage passage() {
    List<Chunk> chunks = StructuralChunker.AUTO.chunk(extraction);
    assertThat(chunks).hasSize(1);
    Chunk chunk = chunks.getFirst();
    Source source =
        new Source(
            "c",
            "file-" + tenant,
            "manual.pdf",
            1,
            null,
            List.of(),
            chunk.pageFrom(),
            chunk.pageTo(),
            chunk.boxes().stream()
                .map(box -> new Box(box.page(), box.x(), box.y(), box.width(), box.height()))
                .toList(),
            new Span(chunk.start(), chunk.end()));
    String text = chunk.text(extraction);
    Hit hit = new Hit(1, 1, source, text, chunk.tokens(), Map.of(), 1, List.of(), null);
    return new Passage(source, text, chunk.tokens(), 1, List.of(hit));
  }

  private Source cited(Access caller, String quote) {
    Passage passage = passage();
    int at = passage.text().indexOf(quote);
    Span part = new Span(at, at + quote.length());
    Citation citation =
        new Citations(layout::narrowed).cite(caller, passage, part, new Span(0, quote.length()));
    assertThat(citation.quote()).isEqualTo(quote);
    return citation.source();
  }

  @Test
  void aCitationPointsAtTheLinesThatItQuotes() {
    store(ExtractionJson.structure(extraction));
    assertThat(passage().source().boxes()).hasSize(3);

    Source first = cited(access, FIRST);
    assertThat(first.pageFrom()).isEqualTo(1);
    assertThat(first.pageTo()).isEqualTo(1);
    assertThat(first.boxes()).containsExactly(passage().source().boxes().getFirst());

    Source third = cited(access, THIRD);
    assertThat(third.pageFrom()).isEqualTo(2);
    assertThat(third.pageTo()).isEqualTo(2);
    assertThat(third.boxes()).containsExactly(passage().source().boxes().getLast());

    String across = passage().text().substring(FIRST.length()).strip();
    assertThat(cited(access, across).pageFrom()).isEqualTo(1);
    assertThat(cited(access, across).pageTo()).isEqualTo(2);
    assertThat(cited(access, across).boxes()).hasSize(2);
  }

  @Test
  void anUnknownLayoutLeavesThePagesOfTheChunk() {
    assertThat(cited(access, THIRD).boxes()).hasSize(3);
    assertThat(cited(access, THIRD).pageFrom()).isEqualTo(1);
  }

  @Test
  void theLayoutOfAnotherTenantIsNotSeen() {
    store(ExtractionJson.structure(extraction));
    Access other = Access.all(database.tenant("other " + tenant), "key");
    assertThat(cited(other, THIRD).boxes()).hasSize(3);
    assertThat(cited(access, THIRD).boxes()).hasSize(1);
  }

  @Test
  void aLayoutThatIsNotTheChunksIsNotUsed() {
    store(ExtractionJson.structure(extraction).replace("[2,", "[9,"));
    assertThat(cited(access, THIRD).boxes()).hasSize(3);
  }
}
