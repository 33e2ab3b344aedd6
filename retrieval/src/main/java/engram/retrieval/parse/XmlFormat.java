package engram.retrieval.parse;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Set;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/// Any XML. Elements known from HTML, DocBook and JATS keep their meaning; of others, those that
/// stand inside running text are part of it and the rest are paragraphs. Document type definitions
/// are not read, so no entity can be expanded or fetched.
final class XmlFormat implements FormatParser {
  private static final Set<String> INLINE =
      Set.of(
          "a",
          "b",
          "i",
          "u",
          "em",
          "strong",
          "bold",
          "italic",
          "underline",
          "sup",
          "sub",
          "sc",
          "xref",
          "ext-link",
          "uri",
          "email",
          "code",
          "tt",
          "monospace",
          "span",
          "named-content",
          "styled-content",
          "link",
          "ulink",
          "emphasis",
          "literal",
          "inline-formula",
          "surname",
          "given-names",
          "year",
          "month",
          "day",
          "volume",
          "issue",
          "fpage",
          "lpage",
          "prefix",
          "suffix",
          "quote",
          "abbrev",
          "strike",
          "roman",
          "sans-serif",
          "inline-graphic");
  private static final Set<String> SECTIONS =
      Set.of(
          "sec",
          "section",
          "chapter",
          "part",
          "appendix",
          "app",
          "book",
          "article",
          "abstract",
          "ack",
          "ref-list",
          "sect1",
          "sect2",
          "sect3");
  private static final Set<String> SKIPPED =
      Set.of(
          "tex-math", "mml-annotation", "annotation", "object-id", "journal-id", "processing-meta");
  private static final Set<String> TABLE_TAGS =
      Set.of("table", "thead", "tbody", "tfoot", "tr", "td", "th");
  private static final int DEPTH_MAX = 500;

  @Override
  public void parse(Source source, ExtractionBuilder out, Nested nested) throws IOException {
    MarkupBlocks blocks = new MarkupBlocks(out);
    try (InputStream in = Files.newInputStream(source.path())) {
      XMLStreamReader xml =
          source.charset() == null
              ? factory().createXMLStreamReader(in)
              : factory().createXMLStreamReader(in, source.charset());
      try {
        new Walk(xml, blocks, out).run();
      } finally {
        xml.close();
        if (!out.isFull()) {
          blocks.finish();
        }
      }
    } catch (XMLStreamException e) {
      throw Failures.of(e, "application/xml");
    }
  }

  private static XMLInputFactory factory() {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, false);
    factory.setProperty(XMLInputFactory.IS_COALESCING, false);
    factory.setXMLResolver(
        (publicId, systemId, baseUri, namespace) -> InputStream.nullInputStream());
    return factory;
  }

  private static final class Walk {
    private final XMLStreamReader xml;
    private final MarkupBlocks blocks;
    private final ExtractionBuilder out;

    /// For each open element, the tag that was reported for it; empty if none was.
    private final Deque<String> open = new ArrayDeque<>();

    private final Deque<Boolean> mixed = new ArrayDeque<>();
    private int sectionDepth;
    private int tableDepth;
    private int articleMetaDepth;
    private @Nullable StringBuilder title;
    private int titleAt;

    Walk(XMLStreamReader xml, MarkupBlocks blocks, ExtractionBuilder out) {
      this.xml = xml;
      this.blocks = blocks;
      this.out = out;
    }

    void run() throws XMLStreamException {
      mixed.push(false);
      while (xml.hasNext()) {
        switch (xml.next()) {
          case XMLStreamConstants.START_ELEMENT ->
              start(xml.getLocalName().toLowerCase(Locale.ROOT));
          case XMLStreamConstants.END_ELEMENT -> end(xml.getLocalName().toLowerCase(Locale.ROOT));
          case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA, XMLStreamConstants.SPACE ->
              text(xml.getText());
          case XMLStreamConstants.ENTITY_REFERENCE -> text(" ");
          default -> {
            // Comments and processing instructions are not text.
          }
        }
      }
    }

    private void text(String characters) {
      StringBuilder into = title;
      if (into != null) {
        into.append(characters);
      }
      if (!characters.isBlank()) {
        mixed.pop();
        mixed.push(true);
      }
      blocks.text(characters);
    }

    private void start(String name) {
      if (open.size() >= DEPTH_MAX) {
        throw new ParseFailure(
            FailureCode.TOO_DEEP, "The XML is nested more than " + DEPTH_MAX + " elements deep.");
      }
      String tag = tag(name);
      if (tag.isEmpty()) {
        blocks.text("");
      } else {
        blocks.start(tag, attribute -> xml.getAttributeValue(null, attribute));
      }
      open.push(tag);
      mixed.push(false);
      sectionDepth += SECTIONS.contains(name) ? 1 : 0;
      tableDepth += name.equals("table") ? 1 : 0;
      articleMetaDepth += name.equals("article-meta") ? 1 : 0;
    }

    private String tag(String name) {
      if (SKIPPED.contains(name)) {
        return "script";
      }
      if (TABLE_TAGS.contains(name)) {
        return name;
      }
      if (name.equals("break") || name.equals("br")) {
        return "br";
      }
      boolean inMixed = Boolean.TRUE.equals(mixed.peek());
      if (INLINE.contains(name) || (inMixed && tableDepth > 0)) {
        return "";
      }
      return switch (name) {
        case "p", "para", "simpara" -> "p";
        case "list", "itemizedlist", "orderedlist", "ul", "ol" -> "ul";
        case "list-item", "listitem", "li", "ref" -> "li";
        case "title", "article-title", "head" -> title(name);
        case "h1", "h2", "h3", "h4", "h5", "h6" -> name;
        case "preformat", "programlisting", "screen", "pre" -> "pre";
        default -> inMixed ? "" : "div";
      };
    }

    private String title(String name) {
      boolean own = (name.equals("title") && sectionDepth <= 1) || articleMetaDepth > 0;
      if (own && title == null) {
        title = new StringBuilder();
        titleAt = open.size();
      }
      if (name.equals("article-title")) {
        return articleMetaDepth > 0 ? "h1" : "";
      }
      return sectionDepth > 0 ? "h" + Math.min(6, sectionDepth) : "div";
    }

    private void end(String name) {
      mixed.pop();
      String tag = open.pop();
      if (!tag.isEmpty() && !tag.equals("br")) {
        blocks.end(tag);
      } else if (tag.isEmpty()) {
        // Running text goes on after an inline element.
        mixed.pop();
        mixed.push(true);
      }
      StringBuilder stated = title;
      if (stated != null && open.size() == titleAt) {
        out.title(stated.toString());
        title = null;
      }
      sectionDepth -= SECTIONS.contains(name) ? 1 : 0;
      tableDepth -= name.equals("table") ? 1 : 0;
      articleMetaDepth -= name.equals("article-meta") ? 1 : 0;
    }
  }
}
