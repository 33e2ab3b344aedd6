package engram.retrieval.parse;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Turns a stream of HTML-like start tags, texts and end tags into blocks: what a browser would
/// show, as text. Driven by HTML and by the XHTML that Tika makes of office formats.
final class MarkupBlocks {
  private static final Set<String> SKIPPED =
      Set.of("script", "style", "template", "noframes", "svg", "math-annotation", "object-data");
  private static final Set<String> BLOCKS =
      Set.of(
          "p",
          "div",
          "section",
          "article",
          "main",
          "header",
          "footer",
          "nav",
          "aside",
          "address",
          "blockquote",
          "figure",
          "figcaption",
          "form",
          "fieldset",
          "legend",
          "dl",
          "dt",
          "dd",
          "body",
          "center",
          "details",
          "summary",
          "hgroup",
          "option",
          "caption",
          "title",
          "hr");

  /// Office formats give list items as paragraphs that begin with their mark.
  private static final Pattern LIST_MARK =
      Pattern.compile("(?:[•▪▫‣◦●○■□·∙*\uf0b7-]|\\(?(?:\\d{1,3}|[a-zA-Z]|[ivx]{1,4})[.)])\\s+\\S");

  private static final int SLIDE_TITLE_CHARS_MAX = 150;

  private final ExtractionBuilder out;
  private final StringBuilder run = new StringBuilder();
  private final Deque<Block.Kind> kinds = new ArrayDeque<>();
  private int skipping;
  private int headingLevel;
  private int listDepth;
  private int itemDepth;
  private int preDepth;
  private int titleDepth;
  private boolean inHead;
  private boolean inHeadTitle;
  private int slide;
  private boolean slideTitleNext;
  private final Deque<TableText> tables = new ArrayDeque<>();

  MarkupBlocks(ExtractionBuilder out) {
    this.out = out;
  }

  void start(String tag, Function<String, @Nullable String> attribute) {
    if (skipping > 0 || SKIPPED.contains(tag)) {
      skipping++;
      return;
    }
    TableText table = tables.peek();
    switch (tag) {
      case "head" -> inHead = true;
      case "title" -> {
        if (inHead) {
          flush();
          inHeadTitle = true;
        }
      }
      case "br" -> lineBreak();
      case "img" -> alternative(attribute.apply("alt"));
      case "input" -> alternative(visibleValue(attribute));
      case "table" -> {
        flush();
        tables.push(new TableText());
      }
      case "tr" -> {
        if (table != null) {
          table.startRow();
        }
      }
      case "td", "th" -> {
        if (table != null) {
          table.startCell(tag.equals("th"), attribute.apply("colspan"));
        }
      }
      case "thead" -> {
        if (table != null) {
          table.inHeader = true;
        }
      }
      default -> startBlock(tag, attribute);
    }
  }

  private void startBlock(String tag, Function<String, @Nullable String> attribute) {
    if (isHeading(tag)) {
      boundary();
      headingLevel = tag.charAt(1) - '0';
    } else if (tag.equals("ul") || tag.equals("ol")) {
      boundary();
      listDepth++;
    } else if (tag.equals("li")) {
      boundary();
      itemDepth++;
    } else if (tag.equals("pre")) {
      boundary();
      preDepth++;
    } else if (BLOCKS.contains(tag)) {
      boundary();
      if (tag.equals("div") && "slide-content".equals(attribute.apply("class"))) {
        slide++;
        slideTitleNext = true;
      }
      if (tag.equals("p") && "title".equalsIgnoreCase(attribute.apply("class"))) {
        titleDepth++;
      }
    }
  }

  void end(String tag) {
    if (skipping > 0) {
      skipping--;
      return;
    }
    TableText table = tables.peek();
    switch (tag) {
      case "head" -> {
        flush();
        inHead = false;
      }
      case "title" -> {
        if (inHeadTitle) {
          out.title(run.toString());
          run.setLength(0);
          inHeadTitle = false;
        }
      }
      case "table" -> {
        if (table != null) {
          tables.pop();
          endTable(table);
        }
      }
      case "tr" -> {
        if (table != null) {
          table.endRow();
        }
      }
      case "td", "th" -> {
        if (table != null) {
          table.endCell();
        }
      }
      case "thead" -> {
        if (table != null) {
          table.inHeader = false;
        }
      }
      default -> endBlock(tag);
    }
  }

  private void endBlock(String tag) {
    if (isHeading(tag)) {
      boundary();
      headingLevel = 0;
    } else if (tag.equals("ul") || tag.equals("ol")) {
      boundary();
      listDepth = Math.max(0, listDepth - 1);
    } else if (tag.equals("li")) {
      boundary();
      itemDepth = Math.max(0, itemDepth - 1);
    } else if (tag.equals("pre")) {
      boundary();
      preDepth = Math.max(0, preDepth - 1);
    } else if (BLOCKS.contains(tag)) {
      boundary();
      if (tag.equals("p")) {
        titleDepth = 0;
      }
    }
  }

  private void endTable(TableText table) {
    String rows = table.text();
    TableText outer = tables.peek();
    if (outer != null) {
      outer.boundary();
      outer.text(rows.replace('\n', ' '), false);
      outer.boundary();
    } else {
      add(Block.Kind.TABLE, table.headerRows(), rows);
    }
  }

  void text(String characters) {
    if (skipping > 0 || (inHead && !inHeadTitle)) {
      return;
    }
    TableText table = tables.peek();
    if (table != null && table.inCell()) {
      table.text(characters, preDepth > 0);
    } else if (preDepth > 0) {
      run.append(characters.replace("\r\n", "\n").replace('\r', '\n'));
    } else {
      fold(run, characters);
    }
  }

  /// Ends what came before, as between two parts of a document.
  void finish() {
    while (!tables.isEmpty()) {
      endTable(tables.pop());
    }
    flush();
  }

  private void lineBreak() {
    TableText table = tables.peek();
    if (table != null && table.inCell()) {
      table.boundary();
    } else {
      trimEnd(run);
      if (!run.isEmpty()) {
        run.append('\n');
      }
    }
  }

  private void alternative(@Nullable String words) {
    if (words != null && !words.isBlank()) {
      text(" " + words + " ");
    }
  }

  private static @Nullable String visibleValue(Function<String, @Nullable String> attribute) {
    String type = attribute.apply("type");
    return "text".equals(type) || "submit".equals(type) || "button".equals(type)
        ? attribute.apply("value")
        : null;
  }

  private void boundary() {
    TableText table = tables.peek();
    if (table != null && table.inCell()) {
      table.boundary();
    } else {
      flush();
    }
  }

  private void flush() {
    if (run.isEmpty()) {
      return;
    }
    String block = run.toString();
    run.setLength(0);
    if (preDepth > 0) {
      add(Block.Kind.CODE, 0, block);
    } else if (headingLevel > 0) {
      add(Block.Kind.HEADING, headingLevel, block.replace('\n', ' '));
    } else if (slideTitleNext && block.length() <= SLIDE_TITLE_CHARS_MAX) {
      // The first text of a slide is its title; Tika does not say so.
      slideTitleNext = false;
      add(Block.Kind.HEADING, 1, block.replace('\n', ' '));
    } else if (titleDepth > 0) {
      add(Block.Kind.TITLE, 0, block.replace('\n', ' '));
    } else if (itemDepth > 0 || LIST_MARK.matcher(block).lookingAt()) {
      add(Block.Kind.LIST_ITEM, Math.max(1, listDepth), block);
    } else {
      add(Block.Kind.PARAGRAPH, 0, block);
    }
  }

  private void add(Block.Kind kind, int level, String block) {
    out.add(kind, level, block, slide, List.of());
  }

  private static boolean isHeading(String tag) {
    return tag.length() == 2
        && tag.charAt(0) == 'h'
        && tag.charAt(1) >= '1'
        && tag.charAt(1) <= '6';
  }

  /// Appends with every run of white space folded into one space.
  static void fold(StringBuilder to, String characters) {
    for (int i = 0; i < characters.length(); i++) {
      char c = characters.charAt(i);
      if (Character.isWhitespace(c) || c == '\u00a0' || c < ' ') {
        if (!to.isEmpty()
            && to.charAt(to.length() - 1) != ' '
            && to.charAt(to.length() - 1) != '\n') {
          to.append(' ');
        }
      } else {
        to.append(c);
      }
    }
  }

  private static void trimEnd(StringBuilder s) {
    while (!s.isEmpty() && s.charAt(s.length() - 1) == ' ') {
      s.setLength(s.length() - 1);
    }
  }
}
