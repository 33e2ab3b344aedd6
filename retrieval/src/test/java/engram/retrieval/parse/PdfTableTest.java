package engram.retrieval.parse;

import static org.assertj.core.api.Assertions.assertThat;

import engram.retrieval.chunk.Chunk;
import engram.retrieval.chunk.StructuralChunker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PdfTableTest {
  private static final float[] THREE = {72, 200, 330, 460};
  private static final float[] CELLS = {76, 204, 334};
  private static final String[] PROSE = {
    "The buoys drift with the wind and the",
    "currents of the upper ocean, which is",
    "why their positions are read by the hour",
    "and their tracks are kept for many years",
    "in an archive that anyone may read and",
    "copy without asking the institute first",
  };

  @TempDir Path folder;
  private PdfPaper paper;

  @BeforeEach
  void open() throws IOException {
    paper = new PdfPaper();
  }

  @AfterEach
  void close() throws IOException {
    paper.close();
  }

  @Test
  void aRuledTableKeepsItsRowsLinesAndEmptyCells() throws IOException {
    paper
        .text(72, 80, "Spare parts of the station:")
        .grid(THREE, new float[] {100, 120, 164, 184})
        .row(CELLS, 114, "Part", "Use", "Price")
        .text(76, 134, "Pump")
        .text(204, 134, "Keeps the water")
        .text(204, 146, "level con-")
        .text(204, 158, "stant in winter")
        .text(334, 134, "120")
        .row(CELLS, 178, "Valve", "", "35")
        .text(72, 220, "Prices are without tax.");
    Extraction e = parsed();
    assertThat(texts(e))
        .containsExactly(
            "Spare parts of the station:",
            "Part | Use | Price\nPump | Keeps the water level constant in winter | 120\nValve |  | 35",
            "Prices are without tax.");
    Block table = e.blocks().get(1);
    assertThat(table.kind()).isEqualTo(Block.Kind.TABLE);
    assertThat(table.level()).isEqualTo(1);
    Box lines = box(e, "Keeps the water level constant in winter");
    assertThat(lines.x()).isBetween(203f, 205f);
    assertThat(lines.y()).isBetween(124f, 130f);
    assertThat(lines.y() + lines.height()).isBetween(157f, 161f);
    assertThat(box(e, "35").x()).isBetween(333f, 335f);
  }

  @Test
  void mergedCellsStandInTheFirstPlaceThatTheyCover() throws IOException {
    paper
        .rule(72, 100, 460, 100)
        .rule(72, 120, 460, 120)
        .rule(200, 140, 460, 140)
        .rule(72, 160, 460, 160)
        .rule(72, 100, 72, 160)
        .rule(200, 120, 200, 160)
        .rule(330, 120, 330, 160)
        .rule(460, 100, 460, 160)
        .row(CELLS, 114, "Load of the lines")
        .text(76, 144, "North")
        .text(204, 134, "day")
        .text(334, 134, "7")
        .row(CELLS, 154, "", "night", "3");
    assertThat(texts(parsed())).containsExactly("Load of the lines\nNorth | day | 7\n | night | 3");
  }

  @Test
  void rowsMayBePartedByShadesOrNotAtAllAndSidesLeftOpen() throws IOException {
    paper
        .shade(72, 100, 460, 120)
        .rule(72, 100, 460, 100)
        .rule(72, 160, 460, 160)
        .rule(200, 100, 200, 160)
        .rule(330, 100, 330, 160)
        .row(CELLS, 114, "Year", "Ships", "Boats")
        .row(CELLS, 134, "2024", "5", "11")
        .row(CELLS, 146, "2025", "6", "12")
        .row(CELLS, 158, "2026", "7", "13");
    assertThat(texts(parsed()))
        .containsExactly("Year | Ships | Boats\n2024 | 5 | 11\n2025 | 6 | 12\n2026 | 7 | 13");
  }

  @Test
  void cellsThatAlignAreATableWithoutAnyLine() throws IOException {
    paper
        .text(72, 80, "Our prices for the coming season are these, and hold until its end:")
        .row(CELLS, 104, "Article", "Colour", "Price")
        .row(CELLS, 118, "Life vest", "orange", "49.00")
        .text(76, 132, "Rope")
        .text(204, 132, "white with")
        .text(204, 143, "a blue thread")
        .text(334, 132, "12.50")
        .row(CELLS, 158, "Anchor", "", "199.00")
        .row(CELLS, 172, "Lamp", "black", "18.90")
        .text(72, 200, "Orders over a hundred are delivered to your harbour free of charge.");
    Extraction e = parsed();
    assertThat(texts(e))
        .containsExactly(
            "Our prices for the coming season are these, and hold until its end:",
            "Article | Colour | Price\nLife vest | orange | 49.00\n"
                + "Rope | white with a blue thread | 12.50\nAnchor |  | 199.00\nLamp | black | 18.90",
            "Orders over a hundred are delivered to your harbour free of charge.");
    assertThat(e.blocks().get(1).level()).isEqualTo(1);
  }

  @Test
  void aTableInOneColumnOfThePageLeavesTheOtherAlone() throws IOException {
    for (int i = 0; i < PROSE.length; i++) {
      paper.text(72, 100 + 14 * i, PROSE[i]);
    }
    float[] xs = {330, 430, 500};
    paper
        .row(xs, 100, "Buoy", "Depth", "Days")
        .row(xs, 114, "Alpha", "20", "365")
        .row(xs, 128, "Beta", "150", "12")
        .row(xs, 142, "Gamma", "4", "90");
    assertThat(texts(parsed()))
        .containsExactly(
            String.join(" ", PROSE),
            "Buoy | Depth | Days\nAlpha | 20 | 365\nBeta | 150 | 12\nGamma | 4 | 90");
  }

  @Test
  void proseInColumnsIsNoTableHoweverItIsDrawn() throws IOException {
    for (int i = 0; i < PROSE.length; i++) {
      paper.text(72, 100 + 14 * i, PROSE[i]);
    }
    for (int i = 0; i < PROSE.length; i++) {
      paper.text(330, 100 + 14 * i, PROSE[PROSE.length - 1 - i]);
    }
    paper.nextPage();
    for (int i = 0; i < PROSE.length; i++) {
      paper.row(new float[] {72, 330}, 100 + 14 * i, PROSE[i], PROSE[PROSE.length - 1 - i]);
    }
    assertThat(kinds(parsed())).doesNotContain(Block.Kind.TABLE);
  }

  @Test
  void contentsListsLettersAndJustifiedLinesAreNoTables() throws IOException {
    float[] wide = {72, 500};
    paper
        .row(wide, 100, "Introduction", "3")
        .row(wide, 114, "Installing the station", "7")
        .row(wide, 128, "Maintenance", "12")
        .row(wide, 142, "Index", "40");
    float[] narrow = {72, 100};
    paper
        .row(narrow, 200, "1.", "Open the hatch and wait")
        .row(narrow, 214, "2.", "Check the seal for cracks")
        .row(narrow, 228, "3.", "Close the hatch again")
        .row(narrow, 242, "4.", "Write down the hour");
    float[] labels = {72, 160};
    paper
        .row(labels, 300, "From:", "Ann Bauer")
        .row(labels, 314, "To:", "Carl Dietz")
        .row(labels, 328, "Subject:", "Hatch")
        .row(labels, 342, "Date:", "Monday");
    paper
        .text(72, 400, "methylaminopropiophenone;")
        .text(236, 400, "alpha-N")
        .text(72, 414, "aminopropiophenone;")
        .text(212, 414, "phenyl-one;")
        .text(72, 428, "phenylpropan-one;")
        .text(224, 428, "amino-two")
        .text(72, 442, "methylaminopropane;")
        .text(233, 442, "and salt");
    assertThat(kinds(parsed())).doesNotContain(Block.Kind.TABLE);
  }

  @Test
  void aTableGoesOnOverThePageEnd() throws IOException {
    paper.text(72, 60, "Report of the harbour");
    paper
        .grid(THREE, new float[] {690, 710, 730})
        .row(CELLS, 704, "Ship", "Flag", "Tons")
        .row(CELLS, 724, "Aurora", "NO", "900")
        .text(300, 770, "Page 1");
    paper
        .nextPage()
        .text(72, 60, "Report of the harbour")
        .grid(THREE, new float[] {80, 100, 120, 140})
        .row(CELLS, 94, "Ship", "Flag", "Tons")
        .row(CELLS, 114, "Boreas", "SE", "1200")
        .row(CELLS, 134, "Calypso", "MT", "300")
        .text(72, 180, "The harbour has no further ships.");
    Extraction e = parsed();
    Block table =
        e.blocks().stream().filter(b -> b.kind() == Block.Kind.TABLE).findFirst().orElseThrow();
    assertThat(e.text().substring(table.start(), table.end()))
        .isEqualTo("Ship | Flag | Tons\nAurora | NO | 900\nBoreas | SE | 1200\nCalypso | MT | 300");
    assertThat(table.page()).isEqualTo(1);
    assertThat(box(e, "Aurora").page()).isEqualTo(1);
    assertThat(box(e, "Boreas").page()).isEqualTo(2);
    assertThat(box(e, "Boreas").y()).isBetween(104f, 110f);
    Chunk last =
        new StructuralChunker(20, 0)
            .chunk(e).stream()
                .filter(c -> e.text().substring(c.start(), c.end()).contains("Calypso"))
                .findFirst()
                .orElseThrow();
    assertThat(e.text().substring(last.start(), last.end())).doesNotContain("Aurora");
    assertThat(last.pageFrom()).isEqualTo(2);
    assertThat(last.pageTo()).isEqualTo(2);
  }

  @Test
  void tablesOnTurnedPagesAreReadAsShown() throws IOException {
    // A sheet of 792 by 612: text coordinates count from a top at 792.
    paper
        .text(72, 80, "Upright.")
        .nextTurnedPage()
        .grid(new float[] {100, 300, 500}, new float[] {300, 320, 340})
        .row(new float[] {104, 304}, 314, "Mast", "Height")
        .row(new float[] {104, 304}, 334, "Fore", "22 m");
    Extraction e = parsed();
    assertThat(texts(e)).containsExactly("Upright.", "Mast | Height\nFore | 22 m");
    Box cell = box(e, "22 m");
    assertThat(cell.width()).isGreaterThan(cell.height());
  }

  private Extraction parsed() throws IOException {
    Path file = paper.save(folder.resolve("t.pdf"));
    return switch (new DocumentParser()
        .parse(file, "t.pdf", null, ParseLimits.DEFAULT, ParseProgress.NONE)) {
      case ParseOutcome.Parsed(Extraction extraction) -> extraction;
      case ParseOutcome.Failed(FailureCode code, String message) ->
          throw new AssertionError(code + " " + message);
    };
  }

  private static Box box(Extraction e, String of) {
    return e.blocks().stream()
        .flatMap(block -> block.boxes().stream())
        .filter(box -> e.text().substring(box.start(), box.end()).equals(of))
        .findFirst()
        .orElseThrow();
  }

  private static List<String> texts(Extraction e) {
    return e.blocks().stream().map(b -> e.text().substring(b.start(), b.end())).toList();
  }

  private static List<Block.Kind> kinds(Extraction e) {
    return e.blocks().stream().map(Block::kind).toList();
  }
}
