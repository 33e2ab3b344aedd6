package engram.retrieval.parse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.encryption.AccessPermission;
import org.apache.pdfbox.pdmodel.encryption.StandardProtectionPolicy;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.font.Standard14Fonts;
import org.apache.poi.xssf.usermodel.XSSFWorkbook;
import org.apache.poi.xwpf.usermodel.XWPFDocument;
import org.apache.poi.xwpf.usermodel.XWPFTable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DocumentParserTest {
  @TempDir Path folder;

  private final DocumentParser parser = new DocumentParser();

  @Test
  void textFormatsKeepTheFileItselfLineEndsIncluded() throws IOException {
    for (String name : List.of("a.txt", "a.md", "a.csv", "a.json", "a.java", "a.adoc", "a.yaml")) {
      String text = "# one, two\r\n\r\n- three\t{\"four\": 5}\r\n";
      assertThat(parse(name, text).text()).as(name).isEqualTo(text);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "UTF-8, Žluťoučký kůň příliš dlouho úpěl ďábelské ódy na louce u řeky",
    "UTF-16LE, Plain words with an Ä in them",
    "UTF-16BE, Plain words with an Ä in them",
    "windows-1251, Съешь же ещё этих мягких французских булок да выпей чаю и иди домой спать",
    "IBM866, Однажды в студёную зимнюю пору я из лесу вышел был сильный мороз гляжу",
    "GB18030, 今天天气很好我们一起去公园散步然后回家吃饭看书睡觉明天还要上班",
    "Shift_JIS, 吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。",
    "windows-1252, Die Straße führt über die Brücke und weiter zum schönen Schloß am Fluß",
  })
  void textIsDecodedWithoutBeingToldItsCharset(String charset, String text) throws IOException {
    Path file = folder.resolve("t.txt");
    Files.write(file, (text + "\n").repeat(4).getBytes(Charset.forName(charset)));
    assertThat(parsed(file).text()).startsWith(text);
  }

  @Test
  void nulAndLoneSurrogatesNeverReachTheText() throws IOException {
    assertThat(parse("t.md", "words ".repeat(40) + "a\u0000b").text()).endsWith("a\ufffdb");
  }

  @Test
  void markdownHasHeadingsItemsTablesAndCode() throws IOException {
    Extraction e =
        parse(
            "t.md",
            "# Top\n\ntext\n\n- one\n  - two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```java\nint x;\n```\n");
    assertThat(e.title()).isEqualTo("Top");
    assertThat(e.blocks())
        .extracting(Block::kind, Block::level)
        .containsExactly(
            tuple(Block.Kind.HEADING, 1),
            tuple(Block.Kind.PARAGRAPH, 0),
            tuple(Block.Kind.LIST_ITEM, 1),
            tuple(Block.Kind.LIST_ITEM, 2),
            tuple(Block.Kind.TABLE, 1),
            tuple(Block.Kind.CODE, 0));
  }

  @Test
  void htmlShowsWhatABrowserShows() throws IOException {
    Extraction e =
        parse(
            "t.html",
            "<html><head><title>T</title><style>x{}</style></head><body><h2>Head</h2><p>a<b>b</b> c<script>no</script>"
                + "<ul><li>item</ul><table><tr><th>x<th>y<tr><td>1<td>2</table><pre>l1\n  l2</pre></body></html>");
    assertThat(e.title()).isEqualTo("T");
    assertThat(e.text()).isEqualTo("Head\n\nab c\n\nitem\n\nx | y\n1 | 2\n\nl1\n  l2");
    assertThat(e.blocks())
        .extracting(Block::kind)
        .containsExactly(
            Block.Kind.HEADING,
            Block.Kind.PARAGRAPH,
            Block.Kind.LIST_ITEM,
            Block.Kind.TABLE,
            Block.Kind.CODE);
  }

  @Test
  void xmlEntitiesAreNeitherFetchedNorExpanded() throws IOException {
    Path secret = Files.writeString(folder.resolve("secret"), "TOP SECRET");
    String xml =
        "<!DOCTYPE r [<!ENTITY x SYSTEM \""
            + secret.toUri()
            + "\"><!ENTITY y \"yyyy\">]><r>seen &x; &y;</r>";
    assertThat(parse("t.xml", xml).text())
        .contains("seen")
        .doesNotContain("SECRET")
        .doesNotContain("yyyy");
  }

  @Test
  void captionsAndAsciiDocHaveTheirBlocks() throws IOException {
    Extraction vtt =
        parse(
            "t.vtt",
            "WEBVTT\n\n00:01.000 --> 00:02.000\nHello there\n\n00:02.000 --> 00:03.000\nBye\n");
    assertThat(blocks(vtt)).containsExactly("Hello there", "Bye");
    Extraction adoc =
        parse("t.adoc", "= Title\n\n== Part\n\ntext\n\n|===\n|a |b\n|===\n\n----\ncode\n----\n");
    assertThat(adoc.title()).isEqualTo("Title");
    assertThat(adoc.blocks())
        .extracting(Block::kind)
        .containsExactly(
            Block.Kind.TITLE,
            Block.Kind.HEADING,
            Block.Kind.PARAGRAPH,
            Block.Kind.TABLE,
            Block.Kind.CODE);
  }

  @Test
  void mailHasSubjectPeopleFullestBodyAndAttachments() throws IOException {
    String mail =
        """
        From: =?utf-8?q?J=C3=B6rg?= <j@example.org>
        To: b@example.org
        Subject: Plan
        Content-Type: multipart/mixed; boundary=X

        --X
        Content-Type: multipart/alternative; boundary=Y

        --Y
        Content-Type: text/plain

        poor
        --Y
        Content-Type: text/html

        <p>rich</p>
        --Y--
        --X
        Content-Type: text/plain; name=n.txt
        Content-Disposition: attachment; filename=n.txt

        attached words
        --X--
        """;
    Extraction e = parse("m.eml", mail);
    assertThat(e.title()).isEqualTo("Plan");
    assertThat(e.text())
        .contains("From: Jörg", "rich", "n.txt", "attached words")
        .doesNotContain("poor");
    Extraction box = parse("m.mbox", "From a\n" + mail + "\nFrom b\nSubject: Two\n\n>From here\n");
    assertThat(box.text()).contains("attached words", "Two", "\nFrom here");
  }

  @Test
  void pdfHasPagesHeadingsAndABoxForEveryLine() throws IOException {
    Path file = pdf("t.pdf", null);
    Extraction e = parsed(file);
    assertThat(e.pageCount()).isEqualTo(2);
    assertThat(blocks(e))
        .containsExactly("Large Heading", "First line of text second line.", "On page two.");
    assertThat(e.blocks().getFirst().kind()).isEqualTo(Block.Kind.HEADING);
    Block paragraph = e.blocks().get(1);
    assertThat(paragraph.boxes()).hasSize(2);
    Box second = paragraph.boxes().get(1);
    assertThat(e.text().substring(second.start(), second.end())).isEqualTo("second line.");
    assertThat(second.x()).isBetween(71f, 73f);
    // The base line stands 114 points below the top edge of a page of 792.
    assertThat(second.y() + second.height()).isBetween(113f, 115f);
    assertThat(e.blocks().get(2).page()).isEqualTo(2);
    assertThat(ExtractionJson.read(e.text(), ExtractionJson.structure(e))).isEqualTo(e);
  }

  @Test
  void lockedAndTextlessPdfsSaySo() throws IOException {
    assertThat(failed(pdf("locked.pdf", "secret")).code()).isEqualTo(FailureCode.ENCRYPTED);
    Path blank = folder.resolve("blank.pdf");
    try (PDDocument document = new PDDocument()) {
      document.addPage(new PDPage());
      document.save(blank.toFile());
    }
    ParseOutcome.Failed failed = failed(blank);
    assertThat(failed.code()).isEqualTo(FailureCode.NO_TEXT);
    assertThat(failed.message()).contains("no text layer");
  }

  @Test
  void officeFilesKeepHeadingsAndTables() throws IOException {
    Path docx = folder.resolve("t.docx");
    try (XWPFDocument document = new XWPFDocument();
        OutputStream out = Files.newOutputStream(docx)) {
      document.createStyles().addStyle(headingStyle());
      var heading = document.createParagraph();
      heading.setStyle("Heading1");
      heading.createRun().setText("Chapter");
      document.createParagraph().createRun().setText("Words.");
      XWPFTable table = document.createTable(2, 2);
      table.getRow(0).getCell(0).setText("name");
      table.getRow(0).getCell(1).setText("city");
      table.getRow(1).getCell(0).setText("Ann");
      table.getRow(1).getCell(1).setText("Bonn");
      document.write(out);
    }
    Extraction e = parsed(docx);
    assertThat(e.text()).isEqualTo("Chapter\n\nWords.\n\nname | city\nAnn | Bonn");
    assertThat(e.blocks())
        .extracting(Block::kind)
        .containsExactly(Block.Kind.HEADING, Block.Kind.PARAGRAPH, Block.Kind.TABLE);
    Path xlsx = folder.resolve("t.xlsx");
    try (XSSFWorkbook book = new XSSFWorkbook();
        OutputStream out = Files.newOutputStream(xlsx)) {
      var row = book.createSheet("Prices").createRow(0);
      row.createCell(0).setCellValue("apple");
      row.createCell(1).setCellValue(2.5);
      book.write(out);
    }
    assertThat(parsed(xlsx).text()).isEqualTo("Prices\n\napple | 2.5");
  }

  private static org.apache.poi.xwpf.usermodel.XWPFStyle headingStyle() {
    var style =
        org.openxmlformats.schemas.wordprocessingml.x2006.main.CTStyle.Factory.newInstance();
    style.setStyleId("Heading1");
    style.addNewName().setVal("heading 1");
    return new org.apache.poi.xwpf.usermodel.XWPFStyle(style);
  }

  @Test
  void anArchiveThatFailsInPartKeepsTheRest() throws IOException {
    Path zip =
        zip(
            "a.zip",
            Map.of(
                "good.txt",
                bytes("good words"),
                "bad.docx",
                bytes("PK\u0003\u0004 broken"),
                "in/x.zip",
                zipped("deep.md", bytes("# deep"))));
    Extraction e = parsed(zip);
    assertThat(e.text()).contains("good.txt", "good words", "# deep");
    assertThat(e.warnings()).anyMatch(w -> w.startsWith("bad.docx: "));
    assertThat(e.blocks()).allMatch(b -> b.page() == 0);
  }

  @Test
  void archivesAreBoundedInDepthEntriesAndBytes() throws IOException {
    byte[] nested = bytes("bottom");
    String name = "bottom.txt";
    for (int i = 0; i < 12; i++) {
      nested = zipped(name, nested);
      name = "level" + i + ".zip";
    }
    Path deep = Files.write(folder.resolve("deep.zip"), nested);
    assertThat(failed(deep).code()).isEqualTo(FailureCode.TOO_DEEP);
    ParseLimits few =
        new ParseLimits(1 << 20, 1000, 10, 8, 1, 1 << 20, 200, ParseLimits.DEFAULT.timeout());
    Path two = zip("two.zip", Map.of("a.txt", bytes("one"), "b.txt", bytes("two")));
    ParseOutcome outcome = parser.parse(two, "two.zip", null, few, ParseProgress.NONE);
    assertThat(((ParseOutcome.Parsed) outcome).extraction().warnings())
        .anyMatch(w -> w.contains("engram.retrieval.parsing.entries-max"));
  }

  @Test
  void textOverTheLimitIsCutWithAWarning() throws IOException {
    Path file = Files.writeString(folder.resolve("long.txt"), "words and ".repeat(100));
    ParseOutcome outcome =
        parser.parse(
            file, "long.txt", null, ParseLimits.DEFAULT.withCharsMax(100), ParseProgress.NONE);
    Extraction e = ((ParseOutcome.Parsed) outcome).extraction();
    assertThat(e.text()).hasSize(100);
    assertThat(e.warnings()).anyMatch(w -> w.contains("engram.retrieval.parsing.chars-max"));
  }

  @Test
  void whatCannotBeReadSaysWhyAndNamesNoPathOfThisMachine() throws IOException {
    Map<String, FailureCode> expected =
        Map.of(
            "empty.pdf",
            FailureCode.NO_TEXT,
            "broken.pdf",
            FailureCode.CORRUPT,
            "p.png",
            FailureCode.UNSUPPORTED_FORMAT);
    Map<String, byte[]> contents =
        Map.of(
            "empty.pdf",
            new byte[0],
            "broken.pdf",
            bytes("%PDF-1.7\nnothing"),
            "p.png",
            new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0, 0});
    for (String name : expected.keySet()) {
      ParseOutcome.Failed failed = failed(Files.write(folder.resolve(name), contents.get(name)));
      assertThat(failed.code()).as(name).isEqualTo(expected.get(name));
      assertThat(failed.message()).as(name).isNotBlank().doesNotContain(folder.toString());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "en, The cat sat on the mat and it was not at all happy with that",
    "de, Die Katze saß auf der Matte und das war nicht gut für den Hund",
    "ja, 吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。",
    "zh, 今天天气很好我们一起去公园散步然后回家吃饭看书睡觉",
    "el, Η γάτα κάθισε στο χαλί και δεν ήταν καθόλου χαρούμενη",
    "vi, Con mèo của tôi không thích những người đã đến nhà với một con chó",
  })
  void theLanguageIsTold(String language, String text) throws IOException {
    assertThat(parse("t.txt", text).language()).isEqualTo(language);
  }

  private Path pdf(String name, String password) throws IOException {
    Path file = folder.resolve(name);
    try (PDDocument document = new PDDocument()) {
      PDType1Font font = new PDType1Font(Standard14Fonts.FontName.HELVETICA);
      PDPage one = new PDPage();
      document.addPage(one);
      try (PDPageContentStream page = new PDPageContentStream(document, one)) {
        line(page, font, 24, 740, "Large Heading");
        line(page, font, 12, 692, "First line of text");
        line(page, font, 12, 678, "second line.");
      }
      PDPage two = new PDPage();
      document.addPage(two);
      try (PDPageContentStream page = new PDPageContentStream(document, two)) {
        line(page, font, 12, 700, "On page two.");
      }
      if (password != null) {
        document.protect(new StandardProtectionPolicy("owner", password, new AccessPermission()));
      }
      document.save(file.toFile());
    }
    return file;
  }

  private static void line(PDPageContentStream page, PDType1Font font, int size, int y, String text)
      throws IOException {
    page.beginText();
    page.setFont(font, size);
    page.newLineAtOffset(72, y);
    page.showText(text);
    page.endText();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private Path zip(String name, Map<String, byte[]> entries) throws IOException {
    Path file = folder.resolve(name);
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
        zip.closeEntry();
      }
    }
    return file;
  }

  private static byte[] zipped(String name, byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry(name));
      zip.write(content);
      zip.closeEntry();
    }
    return bytes.toByteArray();
  }

  private static List<String> blocks(Extraction e) {
    return e.blocks().stream().map(b -> e.text().substring(b.start(), b.end())).toList();
  }

  private Extraction parse(String name, String text) throws IOException {
    return parsed(Files.writeString(folder.resolve(name), text));
  }

  private ParseOutcome outcome(Path file) {
    return parser.parse(
        file, file.getFileName().toString(), null, ParseLimits.DEFAULT, ParseProgress.NONE);
  }

  private Extraction parsed(Path file) {
    return switch (outcome(file)) {
      case ParseOutcome.Parsed(Extraction extraction) -> extraction;
      case ParseOutcome.Failed(FailureCode code, String message) ->
          throw new AssertionError(code + " " + message);
    };
  }

  private ParseOutcome.Failed failed(Path file) {
    return switch (outcome(file)) {
      case ParseOutcome.Parsed(Extraction e) -> throw new AssertionError("parsed: " + e.text());
      case ParseOutcome.Failed failed -> failed;
    };
  }
}
