package engram.retrieval.parse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// How many rows of known tables are found in PDFs, cell by cell, and in how much prose none is.
///
/// The public sets have few PDFs with tables, so the tables of their other formats are also set in
/// PDFs of our own, with and without lines.
class PdfTableCorpusTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int COLUMNS_MAX = 6;
  private static final int CELL_CHARS_MAX = 200;
  private static final float WIDTH = 468;

  @TempDir Path temporary;

  @Test
  void theReferenceTablesOfPdfsAreFound() throws IOException {
    Path folder = SharedData.folder("docs-docling");
    int total = 0;
    int found = 0;
    for (JsonNode document : JSON.readTree(folder.resolve("manifest.json").toFile())) {
      JsonNode reference = document.path("reference_markdown_local");
      if (document.get("format").asString().equals("pdf") && reference.isString()) {
        List<List<String>> have =
            rows(folder.resolve("pdf").resolve(document.get("file").asString()));
        for (List<String> table : tables(Files.readString(folder.resolve(reference.asString())))) {
          total += table.size();
          found += count(table, have);
        }
      }
    }
    System.out.printf("docs-docling: %d of %d rows of PDF tables found%n", found, total);
    assertThat(total).isEqualTo(13);
    assertThat(found).isEqualTo(13);
  }

  @Test
  void noOtherTablesAreSeenThanThese() throws IOException {
    Map<String, Integer> counts = new TreeMap<>();
    for (Path folder :
        List.of(
            SharedData.folder("docs-docling").resolve("pdf"),
            SharedData.folder("docs-tika").resolve("files"))) {
      for (Path file : files(folder)) {
        int count = file.toString().endsWith(".pdf") ? tableTexts(file).size() : 0;
        if (count > 0) {
          counts.put(file.getFileName().toString(), count);
        }
      }
    }
    System.out.println("PDFs with tables: " + counts);
    // Looked at one by one: all are tables or ruled forms, but for the fifth of
    // testPDF_protected.pdf, the boxes of a diagram.
    assertThat(counts)
        .isEqualTo(
            Map.of(
                "normal_4pages.pdf", 1,
                "right_to_left_03.pdf", 2,
                "table_mislabeled_as_picture.pdf", 1,
                "testPDFVarious.pdf", 1,
                "testPDF_bad_page_303226.pdf", 1,
                "testPDF_protected.pdf", 5));
  }

  @Test
  void tablesOfOtherFormatsSetInPdfsAreFound() throws IOException {
    Path folder = SharedData.folder("docs-docling");
    int[] found = new int[2];
    int total = 0;
    for (JsonNode document : JSON.readTree(folder.resolve("manifest.json").toFile())) {
      JsonNode reference = document.path("reference_markdown_local");
      if (!reference.isString()) {
        continue;
      }
      for (List<String> table : tables(Files.readString(folder.resolve(reference.asString())))) {
        if (isSettable(table)) {
          total += table.size();
          for (int ruled = 0; ruled < 2; ruled++) {
            found[ruled] += count(table, rows(set(table, ruled == 1)));
          }
        }
      }
    }
    System.out.printf(
        "docs-docling: of %d rows set, %d ruled, %d unruled found%n", total, found[1], found[0]);
    assertThat(List.of(total, found[1], found[0])).isEqualTo(List.of(387, 381, 327));
  }

  @Test
  void justifiedProseInColumnsHasNoTable() throws IOException {
    Path folder = SharedData.folder("longtext-books");
    List<String> words = new ArrayList<>();
    for (Path book : files(folder)) {
      String text = book.toString().endsWith(".md") ? Files.readString(book) : "";
      words.addAll(
          Arrays.stream(text.substring(0, Math.min(15_000, text.length())).split("\\s+"))
              .filter(PdfTableCorpusTest::isLatin)
              .toList());
    }
    for (int columns = 1; columns <= 3; columns++) {
      for (boolean across : new boolean[] {false, true}) {
        Path file = temporary.resolve("prose.pdf");
        int pages = setProse(words, columns, across, file);
        System.out.printf("%d pages of prose in %d columns%n", pages, columns);
        assertThat(tableTexts(file)).as("%d columns, across %s", columns, across).isEmpty();
      }
    }
  }

  /// @param across drawn line by line over all columns, not column by column
  private static int setProse(List<String> words, int columns, boolean across, Path file)
      throws IOException {
    int pages = 1;
    try (PdfPaper paper = new PdfPaper()) {
      float width = (WIDTH - 20 * (columns - 1)) / columns;
      List<List<String>> lines = PdfPaper.wrapped(words, width);
      int perColumn = 50;
      for (int from = 0; from < lines.size(); from += perColumn * columns) {
        if (from > 0) {
          paper.nextPage();
          pages++;
        }
        for (int i = 0; i < perColumn * columns; i++) {
          int column = across ? i % columns : i / perColumn;
          int line = across ? i / columns : i % perColumn;
          int at = from + column * perColumn + line;
          if (at < lines.size()) {
            paper.justified(72 + column * (width + 20), 72 + 12 * line, width, lines.get(at));
          }
        }
      }
      paper.save(file);
    }
    return pages;
  }

  private static int count(List<String> table, List<List<String>> have) {
    return (int) table.stream().map(PdfTableCorpusTest::cells).filter(have::contains).count();
  }

  private Path set(List<String> table, boolean ruled) throws IOException {
    Path file = temporary.resolve("table.pdf");
    int columns = split(table.getFirst()).size();
    float width = WIDTH / columns;
    try (PdfPaper paper = new PdfPaper()) {
      float y = 72;
      for (String row : table) {
        List<List<List<String>>> cells = new ArrayList<>();
        for (String cell : split(row)) {
          cells.add(PdfPaper.wrapped(List.of(cell.split("\\s+")), width - 16));
        }
        int lines = cells.stream().mapToInt(List::size).max().orElse(1);
        float height = 12 * lines + 6;
        if (y + height > 720) {
          paper.nextPage();
          y = 72;
        }
        for (int column = 0; column < columns; column++) {
          float x = 72 + column * width;
          for (int line = 0; line < cells.get(column).size(); line++) {
            paper.text(x + 4, y + 11 + 12 * line, String.join(" ", cells.get(column).get(line)));
          }
          if (ruled) {
            paper.grid(new float[] {x, x + width}, new float[] {y, y + height});
          }
        }
        y += height;
      }
      return paper.save(file);
    }
  }

  private static boolean isSettable(List<String> table) {
    int columns = split(table.getFirst()).size();
    return table.size() > 2
        && columns > 1
        && columns <= COLUMNS_MAX
        && table.stream()
            .map(PdfTableCorpusTest::split)
            .allMatch(row -> row.size() == columns && row.stream().allMatch(c -> fits(c)));
  }

  private static boolean fits(String cell) {
    return cell.length() <= CELL_CHARS_MAX && isLatin(cell);
  }

  private static List<String> split(String row) {
    return Arrays.stream(row.split("\\|", -1)).map(String::strip).toList();
  }

  private static boolean isLatin(String text) {
    return text.chars().allMatch(c -> c >= ' ' && c < 127 && c != '|');
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  /// Tables of Markdown, without the rows of dashes.
  private static List<List<String>> tables(String markdown) {
    List<List<String>> tables = new ArrayList<>();
    boolean inside = false;
    for (String line : markdown.lines().toList()) {
      if (line.startsWith("|") && line.endsWith("|")) {
        if (!inside) {
          tables.add(new ArrayList<>());
        }
        if (!line.matches("[|\\s:-]+")) {
          tables.getLast().add(line.substring(1, line.length() - 1));
        }
      }
      inside = line.startsWith("|");
    }
    return tables.stream().filter(table -> !table.isEmpty()).toList();
  }

  private static List<List<String>> rows(Path pdf) {
    return tableTexts(pdf).stream().flatMap(String::lines).map(PdfTableCorpusTest::cells).toList();
  }

  private static List<String> tableTexts(Path pdf) {
    return switch (new DocumentParser()
        .parse(pdf, pdf.getFileName().toString(), null, ParseLimits.DEFAULT, ParseProgress.NONE)) {
      case ParseOutcome.Parsed(Extraction e) ->
          e.blocks().stream()
              .filter(block -> block.kind() == Block.Kind.TABLE && block.page() > 0)
              .map(block -> e.text().substring(block.start(), block.end()))
              .toList();
      case ParseOutcome.Failed failed -> List.of();
    };
  }

  /// Without spaces, which formats do not agree on, and empty cells at the end, which are dropped.
  private static List<String> cells(String row) {
    List<String> cells =
        new ArrayList<>(
            Arrays.stream(row.split("\\|", -1))
                .map(c -> c.replaceAll("[\\s\\p{Z}]+", ""))
                .toList());
    while (!cells.isEmpty() && cells.getLast().isEmpty()) {
      cells.removeLast();
    }
    return cells;
  }
}
