package engram.retrieval.parse;

import java.io.IOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.font.PDFont;
import org.apache.pdfbox.pdmodel.font.PDFontDescriptor;
import org.apache.pdfbox.text.PDFTextStripper;
import org.apache.pdfbox.text.TextPosition;
import org.jspecify.annotations.Nullable;

/// The lines and tables of a PDF in reading order, each line with its box, size and weight. Pages
/// that cannot be read are left out with a warning.
final class PdfLines extends PDFTextStripper {
  private static final float BOLD_WEIGHT_MIN = 600;

  /// One line as shown.
  ///
  /// @param box spans the line's own text: `[0, text.length())`
  record Line(String text, Box box, float fontSize, boolean bold, boolean monospaced)
      implements PdfItem {
    @Override
    public int page() {
      return box.page();
    }

    @Override
    public List<Line> lines() {
      return List.of(this);
    }
  }

  private record Style(boolean bold, boolean monospaced) {}

  private final ExtractionBuilder out;
  private final Nested nested;
  private final PdfRulings rulings = new PdfRulings(this);
  private final PdfPages items = new PdfPages();
  private final List<PdfWord.Line> pageLines = new ArrayList<>();
  private final List<PdfWord> words = new ArrayList<>();
  private final List<Integer> pagesWithoutText = new ArrayList<>();
  private final Map<PDFont, Style> styles = new HashMap<>();
  private final Map<Integer, Integer> sizes = new HashMap<>();
  private final StringBuilder text = new StringBuilder();
  private int pageCount;
  private int pagesRead;
  private int rotation;
  private int chars;
  private float left;
  private float top;
  private float right;
  private float bottom;
  private int glyphs;
  private int boldGlyphs;
  private int monospacedGlyphs;
  private int turnedGlyphs;

  PdfLines(ExtractionBuilder out, Nested nested) {
    this.out = out;
    this.nested = nested;
    setSuppressDuplicateOverlappingText(true);
  }

  void read(PDDocument pdf) throws IOException {
    pageCount = pdf.getNumberOfPages();
    int last = Math.min(pageCount, nested.limits().pagesMax());
    if (last < pageCount) {
      out.warn(
          "Only the first "
              + last
              + " of "
              + pageCount
              + " pages were read (setting engram.retrieval.parsing.pages-max).");
    }
    setEndPage(last);
    writeText(pdf, Writer.nullWriter());
    while (pagesRead < last) {
      // Pages without any content are not announced.
      pagesWithoutText.add(++pagesRead);
    }
  }

  List<PdfItem> items() {
    return items.items();
  }

  int pagesRead() {
    return pagesRead;
  }

  List<Integer> pagesWithoutText() {
    return pagesWithoutText;
  }

  @Override
  public void processPage(PDPage page) throws IOException {
    int number = getCurrentPageNo();
    while (pagesRead < number - 1) {
      pagesWithoutText.add(++pagesRead);
    }
    pagesRead = number;
    boolean anyText = false;
    if (chars <= nested.limits().charsMax()) {
      rotation = page.getRotation();
      rulings.startPage(page);
      try {
        super.processPage(page);
      } catch (IOException | RuntimeException e) {
        ParseFailure failure = Failures.of(e, "application/pdf");
        out.warn(
            "Page " + number + " is damaged and was read only in part. " + failure.getMessage());
      }
      endLine();
      anyText = !pageLines.isEmpty();
      items.add(
          PdfTables.items(pageLines, rulings),
          rotation % 180 == 0 ? page.getCropBox().getHeight() : page.getCropBox().getWidth());
      pageLines.clear();
    }
    if (!anyText) {
      pagesWithoutText.add(number);
    }
    nested.progress().report(number, pageCount, ParseProgress.Unit.PAGES);
  }

  @Override
  protected void writeString(String word, List<TextPosition> positions) {
    if (text.isEmpty()) {
      left = Float.MAX_VALUE;
      top = Float.MAX_VALUE;
      right = -Float.MAX_VALUE;
      bottom = -Float.MAX_VALUE;
    }
    for (TextPosition position : positions) {
      measure(position);
    }
    PdfWords.add(word, text.length(), positions.stream().map(this::glyph).toList(), words);
    text.append(word);
  }

  private void measure(TextPosition p) {
    PdfWords.Glyph glyph = glyph(p);
    left = Math.min(left, glyph.left());
    top = Math.min(top, glyph.top());
    right = Math.max(right, glyph.right());
    bottom = Math.max(bottom, glyph.bottom());
    glyphs++;
    sizes.merge(Math.round(Math.abs(p.getFontSizeInPt()) * 10), 1, Integer::sum);
    Style style = styles.computeIfAbsent(p.getFont(), PdfLines::style);
    boldGlyphs += style.bold() ? 1 : 0;
    monospacedGlyphs += style.monospaced() ? 1 : 0;
    turnedGlyphs += direction(p) == 0 ? 0 : 1;
  }

  private PdfWords.Glyph glyph(TextPosition p) {
    float width = p.getWidthDirAdj();
    float height = p.getHeightDir();
    float x = p.getX();
    float y = p.getY();
    boolean blank = p.getUnicode() == null || p.getUnicode().isBlank();
    return switch (direction(p)) {
      case 90 -> new PdfWords.Glyph(x - height, y - width, x, y, blank);
      case 180 -> new PdfWords.Glyph(x - width, y, x, y + height, blank);
      case 270 -> new PdfWords.Glyph(x, y, x + height, y + width, blank);
      default -> new PdfWords.Glyph(x, y - height, x + width, y, blank);
    };
  }

  /// How text runs on the page as displayed, in degrees; a landscape page is often a turned one.
  private int direction(TextPosition p) {
    return Math.floorMod(Math.round(p.getDir()) - rotation, 360);
  }

  private static Style style(PDFont font) {
    String name = font.getName() == null ? "" : font.getName();
    PDFontDescriptor descriptor = font.getFontDescriptor();
    boolean heavy =
        descriptor != null
            && (descriptor.isForceBold() || descriptor.getFontWeight() >= BOLD_WEIGHT_MIN);
    return new Style(
        heavy || name.matches("(?i).*(bold|black|heavy|semibd|demi).*"),
        name.matches("(?i).*(courier|mono|consol|menlo|typewriter|cmtt).*"));
  }

  @Override
  protected void writeWordSeparator() {
    if (!text.isEmpty() && text.charAt(text.length() - 1) != ' ') {
      text.append(' ');
    }
  }

  @Override
  protected void writeLineSeparator() {
    endLine();
  }

  @Override
  protected void writeParagraphStart() throws IOException {
    super.writeParagraphStart();
    endLine();
  }

  @Override
  protected void writeParagraphEnd() throws IOException {
    super.writeParagraphEnd();
    endLine();
  }

  private void endLine() {
    int from = 0;
    int to = text.length();
    while (to > from && Character.isWhitespace(text.charAt(to - 1))) {
      to--;
    }
    while (from < to && Character.isWhitespace(text.charAt(from))) {
      from++;
    }
    if (from < to) {
      String line = text.substring(from, to);
      chars += line.length();
      Box box = box(getCurrentPageNo(), left, top, right, bottom, line.length());
      Line done =
          new Line(
              line,
              box,
              mostFrequentSize(),
              boldGlyphs * 10 >= glyphs * 9,
              monospacedGlyphs * 10 >= glyphs * 8);
      pageLines.add(new PdfWord.Line(done, PdfWords.shifted(words, -from), turnedGlyphs == 0));
    }
    text.setLength(0);
    words.clear();
    sizes.clear();
    glyphs = 0;
    turnedGlyphs = 0;
    boldGlyphs = 0;
    monospacedGlyphs = 0;
  }

  /// @param length of the text that stands in it
  static Box box(int page, float left, float top, float right, float bottom, int length) {
    return new Box(
        page,
        tenth(left),
        tenth(top),
        tenth(Math.max(0, right - left)),
        tenth(Math.max(0, bottom - top)),
        0,
        length);
  }

  /// Around some lines of one page, for a span of text.
  static Box around(List<Line> lines, int start, int end) {
    float left = Float.MAX_VALUE;
    float top = Float.MAX_VALUE;
    float right = -Float.MAX_VALUE;
    float bottom = -Float.MAX_VALUE;
    for (Line line : lines) {
      Box box = line.box();
      left = Math.min(left, box.x());
      top = Math.min(top, box.y());
      right = Math.max(right, box.x() + box.width());
      bottom = Math.max(bottom, box.y() + box.height());
    }
    return new Box(
        lines.getFirst().page(),
        tenth(left),
        tenth(top),
        tenth(right - left),
        tenth(bottom - top),
        start,
        end);
  }

  /// A tenth of a point is finer than any eye and keeps the stored structure short.
  private static float tenth(float points) {
    return Float.isFinite(points) && Math.abs(points) < 1e6f ? Math.round(points * 10) / 10f : 0;
  }

  private float mostFrequentSize() {
    int best = 0;
    int most = 0;
    for (Map.Entry<Integer, Integer> size : sizes.entrySet()) {
      if (size.getValue() > most) {
        most = size.getValue();
        best = size.getKey();
      }
    }
    return best / 10f;
  }

  /// Words of one letter among all words of letters; in no language are they most.
  double shareOfLoneLetters() {
    int words = 0;
    int lone = 0;
    for (Line line : lines(items())) {
      for (String word : line.text().split("[^\\p{IsLatin}\\p{IsCyrillic}\\p{IsGreek}]+")) {
        words += word.isEmpty() ? 0 : 1;
        lone += word.length() == 1 ? 1 : 0;
      }
    }
    return words < 5 ? 0 : (double) lone / words;
  }

  /// All lines, those in tables too.
  static List<Line> lines(List<PdfItem> items) {
    List<Line> lines = new ArrayList<>();
    items.forEach(item -> lines.addAll(item.lines()));
    return lines;
  }

  /// The size that most characters have; 0 without any text.
  static float bodySize(List<Line> lines) {
    Map<Float, Integer> byChars = new HashMap<>();
    for (Line line : lines) {
      byChars.merge(line.fontSize(), line.text().length(), Integer::sum);
    }
    Map.@Nullable Entry<Float, Integer> best = null;
    for (Map.Entry<Float, Integer> size : byChars.entrySet()) {
      if (best == null || size.getValue() > best.getValue()) {
        best = size;
      }
    }
    return best == null ? 0 : best.getKey();
  }
}
