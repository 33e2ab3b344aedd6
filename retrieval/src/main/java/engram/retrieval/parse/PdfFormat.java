package engram.retrieval.parse;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDDocumentInformation;
import org.apache.pdfbox.pdmodel.encryption.AccessPermission;
import org.apache.pdfbox.pdmodel.interactive.documentnavigation.outline.PDDocumentOutline;
import org.apache.pdfbox.pdmodel.interactive.documentnavigation.outline.PDOutlineItem;
import org.apache.pdfbox.pdmodel.interactive.documentnavigation.outline.PDOutlineNode;
import org.jspecify.annotations.Nullable;

/// PDF through PDFBox: every line with its box; paragraphs, headings and tables by layout and
/// outline. Text in pictures is not read; a PDF that has no other fails as `no_text`.
final class PdfFormat implements FormatParser {
  private static final int OUTLINE_MAX = 10_000;
  private static final int OUTLINE_DEPTH_MAX = 6;
  private static final int PAGES_NAMED_MAX = 10;
  private static final double LONE_LETTERS_SHARE = 0.25;

  @Override
  public void parse(Source source, ExtractionBuilder out, Nested nested) throws IOException {
    try (PDDocument document = Loader.loadPDF(source.path().toFile())) {
      checkPermission(document);
      int pageCount = document.getNumberOfPages();
      out.pages(pageCount);
      PDDocumentInformation information = document.getDocumentInformation();
      out.title(information == null ? null : information.getTitle());
      PdfLines lines = lines(document, out, nested);
      PdfExtras extras = new PdfExtras(document, out, nested);
      Map<Integer, List<String>> notes = extras.notesByPage(lines.pagesRead());
      int before = out.length();
      new PdfBlocks(outline(document), out).write(lines.items(), notes);
      extras.form();
      extras.attachments();
      report(lines, pageCount, out.length() > before, out);
    }
  }

  /// Some programs place every letter by itself; where words fall apart into letters, the gaps
  /// between them are read again more generously.
  private static PdfLines lines(PDDocument document, ExtractionBuilder out, Nested nested)
      throws IOException {
    PdfLines lines = new PdfLines(out, nested);
    lines.read(document);
    if (lines.shareOfLoneLetters() < LONE_LETTERS_SHARE) {
      return lines;
    }
    PdfLines wider = new PdfLines(out, nested);
    wider.setSpacingTolerance(1);
    wider.setAverageCharTolerance(1);
    wider.read(document);
    return wider.shareOfLoneLetters() < lines.shareOfLoneLetters() ? wider : lines;
  }

  private static void report(
      PdfLines lines, int pageCount, boolean anyText, ExtractionBuilder out) {
    List<Integer> blank = lines.pagesWithoutText();
    if (!anyText) {
      throw new ParseFailure(
          FailureCode.NO_TEXT,
          "This PDF has no text layer: its "
              + pageCount
              + (pageCount == 1 ? " page is a picture" : " pages are pictures")
              + " or empty. Run text recognition (OCR) over it and upload the result.");
    }
    if (!blank.isEmpty()) {
      String pages =
          String.join(", ", blank.stream().limit(PAGES_NAMED_MAX).map(String::valueOf).toList());
      out.warn(
          "No text layer on page "
              + pages
              + (blank.size() > PAGES_NAMED_MAX
                  ? " and " + (blank.size() - PAGES_NAMED_MAX) + " more"
                  : "")
              + " (pictures or empty); text recognition (OCR) would be needed.");
    }
  }

  /// A PDF that opens without a password may still forbid copying its text out.
  private static void checkPermission(PDDocument document) {
    AccessPermission permission = document.getCurrentAccessPermission();
    if (!permission.canExtractContent() && !permission.canExtractForAccessibility()) {
      throw new ParseFailure(
          FailureCode.ENCRYPTED,
          "The owner of this PDF has locked its text. Save a copy that allows copying text and upload that.");
    }
  }

  /// Folded outline titles with their depth, 1 for the topmost.
  private static Map<String, Integer> outline(PDDocument document) {
    Map<String, Integer> titles = new HashMap<>();
    PDDocumentOutline outline = document.getDocumentCatalog().getDocumentOutline();
    if (outline != null) {
      collect(outline, 1, titles);
    }
    return titles;
  }

  private static void collect(PDOutlineNode node, int depth, Map<String, Integer> titles) {
    int seen = 0;
    for (PDOutlineItem item : node.children()) {
      if (titles.size() >= OUTLINE_MAX || seen++ >= OUTLINE_MAX) {
        return;
      }
      titles.putIfAbsent(folded(item.getTitle()), depth);
      if (depth < OUTLINE_DEPTH_MAX) {
        collect(item, depth + 1, titles);
      }
    }
  }

  static String folded(@Nullable String title) {
    return title == null
        ? ""
        : title.replaceAll("[^\\p{L}\\p{N}]+", " ").strip().toLowerCase(Locale.ROOT);
  }
}
