package engram.retrieval.parse;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.tika.exception.TikaException;
import org.apache.tika.extractor.EmbeddedDocumentExtractor;
import org.apache.tika.io.TikaInputStream;
import org.apache.tika.metadata.Metadata;
import org.apache.tika.metadata.Office;
import org.apache.tika.metadata.TikaCoreProperties;
import org.apache.tika.mime.MediaType;
import org.apache.tika.parser.ParseContext;
import org.apache.tika.parser.Parser;
import org.apache.tika.parser.dbf.DBFParser;
import org.apache.tika.parser.epub.EpubParser;
import org.apache.tika.parser.html.HtmlMapper;
import org.apache.tika.parser.html.IdentityHtmlMapper;
import org.apache.tika.parser.hwp.HwpV5Parser;
import org.apache.tika.parser.microsoft.OfficeParser;
import org.apache.tika.parser.microsoft.OfficeParserConfig;
import org.apache.tika.parser.microsoft.OldExcelParser;
import org.apache.tika.parser.microsoft.TNEFParser;
import org.apache.tika.parser.microsoft.chm.ChmParser;
import org.apache.tika.parser.microsoft.ooxml.OOXMLParser;
import org.apache.tika.parser.microsoft.ooxml.xwpf.ml2006.Word2006MLParser;
import org.apache.tika.parser.microsoft.rtf.RTFParser;
import org.apache.tika.parser.microsoft.xml.SpreadsheetMLParser;
import org.apache.tika.parser.microsoft.xml.WordMLParser;
import org.apache.tika.parser.odf.FlatOpenDocumentParser;
import org.apache.tika.parser.odf.OpenDocumentParser;
import org.apache.tika.parser.pkg.RarParser;
import org.apache.tika.parser.wordperfect.WordPerfectParser;
import org.apache.tika.parser.xml.FictionBookParser;
import org.jspecify.annotations.Nullable;
import org.xml.sax.Attributes;
import org.xml.sax.ContentHandler;
import org.xml.sax.SAXException;
import org.xml.sax.helpers.DefaultHandler;

/// Office formats, RTF, EPUB and Outlook mail through Apache Tika. The parsers are named one by
/// one, so nothing on the class path (text recognition, external programs, network) joins by
/// itself.
final class TikaFormat implements FormatParser {
  /// Made on first use: loading all of Office costs more than many files do.
  private static final class Parsers {
    static final Map<String, Parser> BY_TYPE = byType();

    private static Map<String, Parser> byType() {
      Map<String, Parser> byType = new HashMap<>();
      for (Parser parser :
          List.of(
              new OfficeParser(),
              new OldExcelParser(),
              new OOXMLParser(),
              new Word2006MLParser(),
              new WordMLParser(),
              new SpreadsheetMLParser(),
              new RTFParser(),
              new OpenDocumentParser(),
              new FlatOpenDocumentParser(),
              new EpubParser(),
              new TNEFParser(),
              new ChmParser(),
              new RarParser(),
              new WordPerfectParser(),
              new HwpV5Parser(),
              new FictionBookParser(),
              new DBFParser())) {
        for (MediaType type : parser.getSupportedTypes(new ParseContext())) {
          byType.putIfAbsent(type.getBaseType().toString(), parser);
        }
      }
      return Map.copyOf(byType);
    }
  }

  /// Types that some named parser claims but that hold no text of their own.
  private static final Set<String> WITHOUT_TEXT =
      Set.of("application/x-tika-msoffice-embedded; format=ole10_native");

  static boolean supports(String mediaType) {
    return mediaType.startsWith("application/")
        && !WITHOUT_TEXT.contains(mediaType)
        && Parsers.BY_TYPE.containsKey(mediaType);
  }

  @Override
  public void parse(Source source, ExtractionBuilder out, Nested nested)
      throws IOException, SAXException, TikaException {
    try {
      parse(source, source.path(), out, nested);
    } catch (RuntimeException | TikaException e) {
      if (!StrictOffice.isMeant(e)) {
        throw e;
      }
      Path copy = StrictOffice.copy(source.path());
      try {
        parse(source, copy, out, nested);
      } finally {
        Files.deleteIfExists(copy);
      }
    }
  }

  private static void parse(Source source, Path file, ExtractionBuilder out, Nested nested)
      throws IOException, SAXException, TikaException {
    Parser parser = Parsers.BY_TYPE.get(source.mediaType());
    if (parser == null) {
      throw new ParseFailure(
          FailureCode.UNSUPPORTED_FORMAT, "No parser for " + source.mediaType() + ".");
    }
    Metadata metadata = new Metadata();
    metadata.set(TikaCoreProperties.RESOURCE_NAME_KEY, source.name());
    metadata.set(Metadata.CONTENT_TYPE, source.mediaType());
    MarkupBlocks blocks = new MarkupBlocks(out);
    ParseContext context = context(new Embedded(out, nested, blocks));
    try (TikaInputStream in = TikaInputStream.get(file)) {
      parser.parse(in, new Handler(blocks, metadata, out), metadata, context);
    } finally {
      if (!out.isFull()) {
        out.title(metadata.get(TikaCoreProperties.TITLE));
        blocks.finish();
      }
    }
    pages(metadata, out);
    for (String lost : metadata.getValues(TikaCoreProperties.TIKA_META_EXCEPTION_WARNING)) {
      out.warn("A part could not be read: " + lost.lines().findFirst().orElse(""));
    }
  }

  private static void pages(Metadata metadata, ExtractionBuilder out) {
    Integer slides = metadata.getInt(Office.SLIDE_COUNT);
    if (slides != null && slides > 0) {
      out.pages(slides);
    }
  }

  private static ParseContext context(EmbeddedDocumentExtractor embedded) {
    OfficeParserConfig office = new OfficeParserConfig();
    office.setExtractMacros(false);
    office.setUseSAXDocxExtractor(true);
    office.setUseSAXPptxExtractor(true);
    office.setIncludeDeletedContent(false);
    office.setIncludeMoveFromContent(false);
    office.setIncludeShapeBasedContent(true);
    office.setIncludeHeadersAndFooters(true);
    office.setIncludeSlideNotes(true);
    office.setIncludeSlideMasterContent(true);
    ParseContext context = new ParseContext();
    context.set(OfficeParserConfig.class, office);
    context.set(EmbeddedDocumentExtractor.class, embedded);
    // Not the machine's: the same workbook gives the same text everywhere.
    context.set(Locale.class, Locale.US);
    context.set(HtmlMapper.class, IdentityHtmlMapper.INSTANCE);
    return context;
  }

  /// Sends every embedded document back through our own dispatch and budget.
  private record Embedded(ExtractionBuilder out, Nested nested, MarkupBlocks blocks)
      implements EmbeddedDocumentExtractor {
    @Override
    public boolean shouldParseEmbedded(Metadata metadata) {
      return true;
    }

    @Override
    public void parseEmbedded(
        InputStream stream, ContentHandler handler, Metadata metadata, boolean outputHtml)
        throws IOException {
      String name = metadata.get(TikaCoreProperties.RESOURCE_NAME_KEY);
      boolean quiet =
          name == null
              || !TikaCoreProperties.EmbeddedResourceType.ATTACHMENT
                  .toString()
                  .equals(metadata.get(TikaCoreProperties.EMBEDDED_RESOURCE_TYPE));
      blocks.finish();
      nested.entry(
          name == null ? "embedded" : name,
          stream,
          metadata.get(Metadata.CONTENT_TYPE),
          quiet,
          out);
    }
  }

  /// SAX events into [MarkupBlocks].
  private static final class Handler extends DefaultHandler {
    private final MarkupBlocks blocks;
    private final Metadata metadata;
    private final ExtractionBuilder out;

    Handler(MarkupBlocks blocks, Metadata metadata, ExtractionBuilder out) {
      this.blocks = blocks;
      this.metadata = metadata;
      this.out = out;
    }

    @Override
    public void startElement(String uri, String localName, String qName, Attributes attributes) {
      if (localName.equals("body")) {
        out.title(metadata.get(TikaCoreProperties.TITLE));
      }
      blocks.start(localName, name -> value(attributes, name));
    }

    private static @Nullable String value(Attributes attributes, String name) {
      return attributes.getValue(name);
    }

    @Override
    public void endElement(String uri, String localName, String qName) {
      blocks.end(localName);
    }

    @Override
    public void characters(char[] ch, int start, int length) {
      blocks.text(new String(ch, start, length));
    }

    @Override
    public void ignorableWhitespace(char[] ch, int start, int length) {
      blocks.text(new String(ch, start, length));
    }
  }
}
