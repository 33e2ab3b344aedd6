package engram.retrieval.parse;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// Lines of a PDF into paragraphs, headings, list items and code, by layout: a heading is larger or
/// heavier than the body, or stands in the outline. Tables come as they were found.
final class PdfBlocks {
  private static final float LARGER = 1.15f;
  private static final int HEADING_CHARS_MAX = 200;
  private static final int BOLD_HEADING_CHARS_MAX = 120;
  private static final int HEADING_LINES_MAX = 3;
  private static final float CODE_PITCH_MAX = 3;
  private static final Pattern ENDED = Pattern.compile("[.!?:;。！？।؟][\"'”’»)\\]]*$");
  private static final Pattern LIST_ITEM =
      Pattern.compile(
          "^(?:[•▪▫‣◦●○■□–—·∙*\uf0b7-]|\\(?(?:\\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.)])\\s+\\S.*",
          Pattern.DOTALL);

  private final Map<String, Integer> outline;
  private final ExtractionBuilder out;
  private final Set<String> words = new HashSet<>();
  private float bodySize;
  private float usualPitch;
  private boolean bodyBold;
  private List<Float> headingSizes = List.of();

  PdfBlocks(Map<String, Integer> outline, ExtractionBuilder out) {
    this.outline = outline;
    this.out = out;
  }

  /// @param notes further text of a page, put after its lines
  void write(List<PdfItem> items, Map<Integer, List<String>> notes) {
    prepare(PdfLines.lines(items));
    List<PdfLines.Line> paragraph = new ArrayList<>();
    int page = 1;
    for (PdfItem item : items) {
      if (!paragraph.isEmpty() && breaks(paragraph.getLast(), item)) {
        block(paragraph);
        paragraph.clear();
      }
      for (; page < item.page(); page++) {
        notes(notes, page);
      }
      switch (item) {
        case PdfLines.Line line -> paragraph.add(line);
        case PdfTable table -> table(table);
      }
    }
    block(paragraph);
    for (int rest : new TreeSet<>(notes.keySet())) {
      if (rest >= page) {
        notes(notes, rest);
      }
    }
  }

  /// One row per line like every table here; one box per cell and page.
  private void table(PdfTable table) {
    TableText text = new TableText();
    List<Box> boxes = new ArrayList<>();
    int start = 0;
    for (List<PdfTable.Cell> row : table.rows()) {
      List<String> cells = new ArrayList<>();
      List<Box> inRow = new ArrayList<>();
      int at = start;
      for (PdfTable.Cell cell : row) {
        String said = said(cell);
        cells.add(said);
        if (!said.isEmpty()) {
          inRow.add(PdfLines.around(cell.lines(), at, at + said.length()));
        }
        at += said.length() + TableText.SEPARATOR.length();
      }
      if (!inRow.isEmpty()) {
        text.row(cells);
        boxes.addAll(inRow);
        start = inRow.getLast().end() + 1;
      }
    }
    out.add(
        Block.Kind.TABLE, hasHead(table) ? text.headerRows() : 0, text.text(), table.page(), boxes);
  }

  /// A first row with numbers in it is mostly one of many, unless it is set apart by its weight.
  private static boolean hasHead(PdfTable table) {
    List<PdfLines.Line> first =
        table.rows().getFirst().stream().flatMap(cell -> cell.lines().stream()).toList();
    return first.stream().allMatch(PdfLines.Line::bold)
        || first.stream().noneMatch(line -> line.text().chars().anyMatch(Character::isDigit));
  }

  private String said(PdfTable.Cell cell) {
    StringBuilder text = new StringBuilder();
    for (PdfLines.Line line : cell.lines()) {
      if (!text.isEmpty()) {
        join(text, line.text(), false);
      }
      text.append(line.text());
    }
    return text.toString();
  }

  private void notes(Map<Integer, List<String>> notes, int page) {
    for (String note : notes.getOrDefault(page, List.of())) {
      out.add(
          Block.Kind.PARAGRAPH, 0, note.replace("\r\n", "\n").replace('\r', '\n'), page, List.of());
    }
  }

  private void prepare(List<PdfLines.Line> lines) {
    bodySize = PdfLines.bodySize(lines);
    usualPitch = usualPitch(lines);
    long boldChars = 0;
    long allChars = 0;
    Set<Float> larger = new TreeSet<>(Collections.reverseOrder());
    for (PdfLines.Line line : lines) {
      allChars += line.text().length();
      boldChars += line.bold() ? line.text().length() : 0;
      if (line.fontSize() >= bodySize * LARGER && hasLetters(line.text())) {
        larger.add(line.fontSize());
      }
      if (line.text().indexOf('-') >= 0 || words.size() < 200_000) {
        for (String word : line.text().toLowerCase(Locale.ROOT).split("[^\\p{L}-]+")) {
          words.add(word);
        }
      }
    }
    bodyBold = boldChars * 2 > allChars;
    headingSizes = List.copyOf(larger);
  }

  private boolean breaks(PdfLines.Line last, PdfItem item) {
    if (!(item instanceof PdfLines.Line next)) {
      return true;
    }
    if (last.page() != next.page() || last.monospaced() != next.monospaced()) {
      return true;
    }
    float pitch = pitch(last, next);
    float size = Math.max(1, last.fontSize());
    if (last.monospaced()) {
      return pitch > CODE_PITCH_MAX * size;
    }
    if (Math.abs(last.fontSize() - next.fontSize()) > bodySize * 0.12f
        || isBoldHeading(last) != isBoldHeading(next)
        || LIST_ITEM.matcher(next.text()).matches()) {
      return true;
    }
    if (Math.abs(pitch) < size * 0.3f) {
      // Side by side.
      return false;
    }
    boolean ended = ENDED.matcher(last.text()).find();
    if (pitch < 0) {
      // Another column: the paragraph goes on there if it is in the middle of a sentence.
      return ended || !Character.isLowerCase(next.text().codePointAt(0));
    }
    boolean indented = next.box().x() - last.box().x() > size * 0.8f;
    boolean lastWasShort = last.box().width() < next.box().width() * 0.75f;
    return pitch / size > usualPitch * 1.25f || (ended && (indented || lastWasShort));
  }

  /// From base line to base line, in points.
  private static float pitch(PdfLines.Line last, PdfLines.Line next) {
    return next.box().y() + next.box().height() - last.box().y() - last.box().height();
  }

  /// The median distance of base lines, in font sizes.
  private static float usualPitch(List<PdfLines.Line> lines) {
    List<Float> ratios = new ArrayList<>();
    for (int i = 1; i < lines.size(); i++) {
      PdfLines.Line last = lines.get(i - 1);
      float ratio = pitch(last, lines.get(i)) / Math.max(1, last.fontSize());
      if (last.page() == lines.get(i).page() && ratio > 0.8f && ratio < 3.5f) {
        ratios.add(ratio);
      }
    }
    Collections.sort(ratios);
    return ratios.isEmpty() ? 1.2f : ratios.get(ratios.size() / 2);
  }

  private boolean isBoldHeading(PdfLines.Line line) {
    return line.bold() && !bodyBold;
  }

  private void block(List<PdfLines.Line> paragraph) {
    if (paragraph.isEmpty()) {
      return;
    }
    PdfLines.Line first = paragraph.getFirst();
    boolean code = paragraph.stream().allMatch(PdfLines.Line::monospaced);
    StringBuilder text = new StringBuilder();
    List<Box> boxes = new ArrayList<>(paragraph.size());
    for (PdfLines.Line line : paragraph) {
      if (!text.isEmpty()) {
        join(text, line.text(), code);
      }
      int start = text.length();
      text.append(line.text());
      Box box = line.box();
      boxes.add(
          new Box(box.page(), box.x(), box.y(), box.width(), box.height(), start, text.length()));
    }
    // A dehyphenated line ends one character earlier than it was measured.
    List<Box> fitted = fitted(boxes);
    int level = headingLevel(paragraph, text.toString());
    if (level > 0) {
      out.add(Block.Kind.HEADING, level, text, first.page(), fitted);
    } else if (code) {
      out.add(Block.Kind.CODE, 0, text, first.page(), fitted);
    } else if (LIST_ITEM.matcher(text).matches()) {
      out.add(Block.Kind.LIST_ITEM, 1, text, first.page(), fitted);
    } else {
      out.add(Block.Kind.PARAGRAPH, 0, text, first.page(), fitted);
    }
  }

  private static List<Box> fitted(List<Box> boxes) {
    List<Box> fitted = new ArrayList<>(boxes.size());
    for (int i = 0; i < boxes.size(); i++) {
      Box b = boxes.get(i);
      int end = i + 1 < boxes.size() ? Math.min(b.end(), boxes.get(i + 1).start()) : b.end();
      fitted.add(
          new Box(
              b.page(), b.x(), b.y(), b.width(), b.height(), b.start(), Math.max(b.start(), end)));
    }
    return fitted;
  }

  /// Undoes hyphenation at a line's end: a soft hyphen always goes; a hard one goes where the
  /// document has the joined word elsewhere, or does not have the hyphenated one.
  private void join(StringBuilder text, String next, boolean code) {
    char last = text.charAt(text.length() - 1);
    if (code) {
      text.append('\n');
    } else if (last == '\u00ad') {
      text.setLength(text.length() - 1);
    } else if ((last == '-' || last == '‐')
        && text.length() > 1
        && Character.isLowerCase(text.charAt(text.length() - 2))
        && Character.isLowerCase(next.charAt(0))) {
      int from = text.length() - 1;
      while (from > 0 && Character.isLetter(text.charAt(from - 1))) {
        from--;
      }
      String head = text.substring(from, text.length() - 1).toLowerCase(Locale.ROOT);
      String tail = next.split("[^\\p{L}]", 2)[0].toLowerCase(Locale.ROOT);
      if (words.contains(head + tail) || !words.contains(head + "-" + tail)) {
        text.setLength(text.length() - 1);
      }
    } else {
      text.append(' ');
    }
  }

  private int headingLevel(List<PdfLines.Line> paragraph, String text) {
    if (text.length() > HEADING_CHARS_MAX
        || paragraph.size() > HEADING_LINES_MAX
        || !hasLetters(text)) {
      return 0;
    }
    Integer inOutline = outline.get(PdfFormat.folded(text));
    if (inOutline != null) {
      return inOutline;
    }
    float size = paragraph.getFirst().fontSize();
    if (size >= bodySize * LARGER) {
      return Math.min(6, headingSizes.indexOf(size) + 1);
    }
    char last = text.charAt(text.length() - 1);
    boolean bold =
        paragraph.stream().allMatch(this::isBoldHeading)
            && size >= bodySize * 0.95f
            && text.length() <= BOLD_HEADING_CHARS_MAX
            && ".,;:".indexOf(last) < 0;
    return bold ? Math.min(6, headingSizes.size() + 1) : 0;
  }

  private static boolean hasLetters(String text) {
    return text.chars().anyMatch(Character::isLetter);
  }
}
