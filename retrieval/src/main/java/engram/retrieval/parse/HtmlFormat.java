package engram.retrieval.parse;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;
import org.jsoup.parser.Parser;
import org.jsoup.select.NodeVisitor;
import org.jspecify.annotations.Nullable;

/// HTML and XHTML through jsoup, which repairs what browsers repair and loads nothing.
final class HtmlFormat implements FormatParser {
  private static final int META_BYTES = 64 << 10;
  private static final int FRAME_DEPTH_MAX = 4;
  private static final Pattern META_CHARSET =
      Pattern.compile(
          "<meta[^>]{0,500}?charset\\s*=\\s*[\"']?\\s*([\\w.:-]{2,40})", Pattern.CASE_INSENSITIVE);

  @Override
  public void parse(Source source, ExtractionBuilder out, Nested nested) throws IOException {
    byte[] bytes = TextDecoder.read(source, out, nested.limits());
    String declared = source.charset() != null ? source.charset() : declaredInside(bytes);
    html(TextDecoder.decode(bytes, declared), out);
  }

  static void html(String markup, ExtractionBuilder out) {
    MarkupBlocks blocks = new MarkupBlocks(out);
    walk(Jsoup.parse(markup, "", Parser.htmlParser().setMaxDepth(512)), blocks, 0);
    blocks.finish();
  }

  private static @Nullable String declaredInside(byte[] bytes) {
    String head =
        new String(bytes, 0, Math.min(bytes.length, META_BYTES), StandardCharsets.ISO_8859_1);
    Matcher meta = META_CHARSET.matcher(head);
    while (meta.find()) {
      Charset charset = TextDecoder.named(meta.group(1));
      if (charset != null
          && !charset.name().startsWith("UTF-16")
          && !charset.name().startsWith("UTF-32")) {
        return charset.name();
      }
    }
    return null;
  }

  private static void walk(Document document, MarkupBlocks blocks, int depth) {
    document.traverse(new Visitor(blocks, depth));
  }

  private record Visitor(MarkupBlocks blocks, int depth) implements NodeVisitor {
    @Override
    public void head(Node node, int level) {
      switch (node) {
        case TextNode text -> blocks.text(text.getWholeText());
        case Element element -> {
          blocks.start(tag(element), name -> element.hasAttr(name) ? element.attr(name) : null);
          frame(element);
        }
        default -> {
          // Comments, declarations and data are not shown.
        }
      }
    }

    /// An inline frame shows its own document where it stands.
    private void frame(Element element) {
      if (element.normalName().equals("iframe")
          && element.hasAttr("srcdoc")
          && depth < FRAME_DEPTH_MAX) {
        walk(Jsoup.parse(element.attr("srcdoc")), blocks, depth + 1);
      }
    }

    @Override
    public void tail(Node node, int level) {
      if (node instanceof Element element) {
        blocks.end(tag(element));
      }
    }

    /// Tables that only lay out a page are read as blocks, in order.
    private static String tag(Element element) {
      String name = element.normalName();
      boolean tabular =
          switch (name) {
            case "table", "thead", "tr", "td", "th" -> true;
            default -> false;
          };
      return tabular && isLayout(element) ? "div" : name;
    }

    private static boolean isLayout(Element part) {
      Element table = part.normalName().equals("table") ? part : part.closest("table");
      if (table == null) {
        return true;
      }
      // Marked once per table: the question is asked for each of its cells.
      if (!table.hasAttr("data-engram-layout")) {
        table.attr("data-engram-layout", String.valueOf(decide(table)));
      }
      return table.attr("data-engram-layout").equals("true");
    }

    private static boolean decide(Element table) {
      String role = table.attr("role");
      return role.equals("presentation")
          || role.equals("none")
          || table.selectFirst("h1, h2, h3, pre") != null
          || (table.select("td table").size() > 1 && table.selectFirst("th") == null);
    }
  }
}
