package engram.retrieval.parse;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.font.Standard14Fonts;
import org.apache.pdfbox.util.Matrix;

/// Draws small PDFs: coordinates in points from the upper left corner of a page of 612 by 792.
final class PdfPaper implements AutoCloseable {
  private static final float HEIGHT = 792;
  private static final float SIZE = 10;
  private static final PDType1Font FONT = new PDType1Font(Standard14Fonts.FontName.HELVETICA);

  private final PDDocument document = new PDDocument();
  private PDPageContentStream page;

  PdfPaper() throws IOException {
    page = newPage(0);
  }

  private PDPageContentStream newPage(int turned) throws IOException {
    PDPage next = new PDPage();
    next.setRotation(turned);
    document.addPage(next);
    return new PDPageContentStream(document, next);
  }

  PdfPaper nextPage() throws IOException {
    page.close();
    page = newPage(0);
    return this;
  }

  /// A page that is shown turned by a quarter, with what follows upright as shown.
  PdfPaper nextTurnedPage() throws IOException {
    page.close();
    page = newPage(90);
    page.transform(new Matrix(0, 1, -1, 0, HEIGHT, 0));
    return this;
  }

  PdfPaper text(float x, float y, String text) throws IOException {
    page.beginText();
    page.setFont(FONT, SIZE);
    page.newLineAtOffset(x, HEIGHT - y);
    page.showText(text);
    page.endText();
    return this;
  }

  /// Lines of words that are no wider than that, where no single word is.
  static List<List<String>> wrapped(List<String> words, float width) throws IOException {
    List<List<String>> lines = new ArrayList<>();
    float used = Float.MAX_VALUE;
    for (String word : words) {
      float wide = FONT.getStringWidth(word) * SIZE / 1000;
      if (used + wide > width) {
        lines.add(new ArrayList<>());
        used = 0;
      }
      lines.getLast().add(word);
      used += wide + FONT.getStringWidth(" ") * SIZE / 1000;
    }
    return lines;
  }

  /// Words from one margin to the other.
  PdfPaper justified(float x, float y, float width, List<String> words) throws IOException {
    float wide = 0;
    for (String word : words) {
      wide += FONT.getStringWidth(word) * SIZE / 1000;
    }
    float at = x;
    for (String word : words) {
      text(at, y, word);
      at +=
          FONT.getStringWidth(word) * SIZE / 1000 + (width - wide) / Math.max(1, words.size() - 1);
    }
    return this;
  }

  /// Cells beside each other, empty ones left out.
  PdfPaper row(float[] xs, float y, String... cells) throws IOException {
    for (int i = 0; i < cells.length; i++) {
      if (!cells[i].isEmpty()) {
        text(xs[i], y, cells[i]);
      }
    }
    return this;
  }

  PdfPaper rule(float x0, float y0, float x1, float y1) throws IOException {
    page.moveTo(x0, HEIGHT - y0);
    page.lineTo(x1, HEIGHT - y1);
    page.stroke();
    return this;
  }

  PdfPaper grid(float[] xs, float[] ys) throws IOException {
    for (float x : xs) {
      rule(x, ys[0], x, ys[ys.length - 1]);
    }
    for (float y : ys) {
      rule(xs[0], y, xs[xs.length - 1], y);
    }
    return this;
  }

  PdfPaper shade(float x0, float y0, float x1, float y1) throws IOException {
    page.setNonStrokingColor(0.8f);
    page.addRect(x0, HEIGHT - y1, x1 - x0, y1 - y0);
    page.fill();
    page.setNonStrokingColor(0f);
    return this;
  }

  Path save(Path file) throws IOException {
    page.close();
    document.save(file.toFile());
    return file;
  }

  @Override
  public void close() throws IOException {
    document.close();
  }
}
