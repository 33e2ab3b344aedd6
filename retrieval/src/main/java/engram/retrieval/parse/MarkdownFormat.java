package engram.retrieval.parse;

import java.io.IOException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.commonmark.ext.gfm.tables.TableBlock;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.BulletList;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.Heading;
import org.commonmark.node.HtmlBlock;
import org.commonmark.node.IndentedCodeBlock;
import org.commonmark.node.ListItem;
import org.commonmark.node.Node;
import org.commonmark.node.OrderedList;
import org.commonmark.node.Paragraph;
import org.commonmark.node.SourceSpan;
import org.commonmark.parser.IncludeSourceSpans;
import org.commonmark.parser.Parser;
import org.jspecify.annotations.Nullable;

/// Markdown: the decoded file itself, with CommonMark's block structure marked on it.
final class MarkdownFormat implements FormatParser {
  private static final Parser PARSER =
      Parser.builder()
          .extensions(List.of(TablesExtension.create()))
          .includeSourceSpans(IncludeSourceSpans.BLOCKS)
          .build();
  private static final Pattern FRONT_MATTER =
      Pattern.compile("\\A---\\R(.{0,20000}?)\\R---\\R", Pattern.DOTALL);
  private static final Pattern FRONT_TITLE =
      Pattern.compile("^title:[ \\t]*[\"']?(.{1,300}?)[\"']?[ \\t]*$", Pattern.MULTILINE);

  @Override
  public void parse(Source source, ExtractionBuilder out, Nested nested) throws IOException {
    String text = TextDecoder.decode(source, out, nested);
    int base = out.source(text);
    Matcher front = FRONT_MATTER.matcher(text);
    String body = text;
    if (front.find()) {
      Matcher title = FRONT_TITLE.matcher(front.group(1));
      if (title.find()) {
        out.title(title.group(1));
      }
      out.span(Block.Kind.PARAGRAPH, 0, base, base + front.end());
      // Same length, so that every span still counts from the start of the file.
      body = " ".repeat(front.end() - 1) + "\n" + text.substring(front.end());
    }
    new Walk(text, base, out).children(PARSER.parse(body), 0);
    if (out.isFull()) {
      throw new ExtractionBuilder.Full();
    }
  }

  private record Walk(String text, int base, ExtractionBuilder out) {
    void children(Node parent, int listDepth) {
      for (Node node = parent.getFirstChild(); node != null; node = node.getNext()) {
        block(node, listDepth);
      }
    }

    private void block(Node node, int listDepth) {
      switch (node) {
        case Heading heading -> heading(heading);
        case TableBlock table -> mark(Block.Kind.TABLE, 1, table, table);
        case FencedCodeBlock code -> mark(Block.Kind.CODE, 0, code, code);
        case IndentedCodeBlock code -> mark(Block.Kind.CODE, 0, code, code);
        case HtmlBlock html -> mark(Block.Kind.PARAGRAPH, 0, html, html);
        case Paragraph paragraph when listDepth > 0 -> {
          // With its marker: the first paragraph begins where its item does.
          Node item = paragraph.getParent();
          boolean first = item instanceof ListItem && paragraph.getPrevious() == null;
          mark(
              Block.Kind.LIST_ITEM, listDepth, first && item != null ? item : paragraph, paragraph);
        }
        case Paragraph paragraph -> mark(Block.Kind.PARAGRAPH, 0, paragraph, paragraph);
        case BulletList list -> children(list, listDepth + 1);
        case OrderedList list -> children(list, listDepth + 1);
        default -> children(node, listDepth);
      }
    }

    private void heading(Heading heading) {
      SourceSpan span = first(heading);
      if (span == null) {
        return;
      }
      mark(Block.Kind.HEADING, heading.getLevel(), heading, heading);
      if (heading.getLevel() == 1) {
        String line = text.substring(span.getInputIndex(), span.getInputIndex() + span.getLength());
        out.title(line.replaceAll("^#+\\s*|\\s*#*\\s*$", "").replaceAll("[*_`]", ""));
      }
    }

    private void mark(Block.Kind kind, int level, Node from, Node to) {
      SourceSpan start = first(from);
      List<SourceSpan> spans = to.getSourceSpans();
      if (start != null && !spans.isEmpty()) {
        SourceSpan end = spans.getLast();
        out.span(
            kind,
            level,
            base + start.getInputIndex(),
            base + end.getInputIndex() + end.getLength());
      }
    }

    private static @Nullable SourceSpan first(Node node) {
      return node.getSourceSpans().isEmpty() ? null : node.getSourceSpans().getFirst();
    }
  }
}
