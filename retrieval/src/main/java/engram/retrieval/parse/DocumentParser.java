package engram.retrieval.parse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.tika.detect.CompositeDetector;
import org.apache.tika.detect.Detector;
import org.apache.tika.detect.microsoft.POIFSContainerDetector;
import org.apache.tika.detect.zip.DefaultZipContainerDetector;
import org.apache.tika.exception.TikaException;
import org.apache.tika.io.TikaInputStream;
import org.apache.tika.metadata.HttpHeaders;
import org.apache.tika.metadata.Metadata;
import org.apache.tika.metadata.TikaCoreProperties;
import org.apache.tika.mime.MediaType;
import org.apache.tika.mime.MimeTypes;
import org.jspecify.annotations.Nullable;
import org.xml.sax.SAXException;

/// Parses in this JVM: what a worker runs. Nothing here bounds time or heap, so a server calls
/// [ForkedParser] and only benchmarks and trusted files come here directly.
///
/// Threads: safe for use by many.
public final class DocumentParser {
  private static final Set<String> ARCHIVES =
      Set.of(
          "application/zip",
          "application/java-archive",
          "application/x-tar",
          "application/gzip",
          "application/x-gzip",
          "application/x-bzip2",
          "application/x-xz",
          "application/x-7z-compressed",
          "application/x-archive",
          "application/x-cpio",
          "application/x-arj",
          "application/x-lzma",
          "application/x-lz4",
          "application/x-snappy-framed",
          "application/x-compress",
          "application/x-gtar",
          "application/x-bzip",
          "application/zlib");

  /// Endings that say more than the bytes do.
  private static final Map<String, String> BY_ENDING =
      Map.ofEntries(
          Map.entry("md", "text/markdown"),
          Map.entry("markdown", "text/markdown"),
          Map.entry("adoc", "text/asciidoc"),
          Map.entry("asciidoc", "text/asciidoc"),
          Map.entry("vtt", "text/vtt"),
          Map.entry("csv", "text/csv"),
          Map.entry("tsv", "text/tab-separated-values"),
          Map.entry("json", "application/json"),
          Map.entry("jsonl", "application/json"),
          Map.entry("ndjson", "application/json"),
          Map.entry("mbox", "application/mbox"),
          Map.entry("eml", "message/rfc822"));

  private final Detector detector =
      new CompositeDetector(
          MimeTypes.getDefaultMimeTypes().getMediaTypeRegistry(),
          List.of(
              new POIFSContainerDetector(),
              new DefaultZipContainerDetector(),
              MimeTypes.getDefaultMimeTypes()));

  /// Parses one file. Never throws for what is in the file, except for the [Error]s that end a JVM.
  public ParseOutcome parse(
      Path file,
      String fileName,
      @Nullable String declaredType,
      ParseLimits limits,
      ParseProgress progress) {
    ExtractionBuilder out = new ExtractionBuilder(limits.charsMax());
    String mediaType = "application/octet-stream";
    Nested nested = new Nested(this, limits, progress, 1);
    try {
      long bytes = Files.size(file);
      checkSize(bytes, limits);
      nested = new Nested(this, limits, progress, bytes);
      Source source = detect(file, fileName, declaredType);
      mediaType = source.mediaType();
      parse(source, out, nested);
    } catch (ExtractionBuilder.Full full) {
      // The warning is already there; what was read before stands.
    } catch (ParseFailure failure) {
      if (!out.hasBody() || failure.code() == FailureCode.ENCRYPTED) {
        return failure.outcome();
      }
      out.warn("Only a part could be read. " + failure.getMessage());
    } catch (NoSuchFileException gone) {
      return new ParseOutcome.Failed(FailureCode.UNREADABLE, "The stored file is gone.");
    } catch (IOException e) {
      return new ParseOutcome.Failed(
          FailureCode.UNREADABLE, "The stored file could not be read from disk.");
    }
    return outcome(out, nested, mediaType);
  }

  private static ParseOutcome outcome(ExtractionBuilder out, Nested nested, String mediaType) {
    ParseFailure inner = nested.gravestFailure();
    boolean onlyNames = out.length() > 0 && (inner == null || inner.code() == FailureCode.NO_TEXT);
    if (out.hasBody() || onlyNames) {
      return new ParseOutcome.Parsed(out.build(mediaType));
    }
    if (inner != null) {
      return new ParseOutcome.Failed(
          inner.code(), "Nothing inside it could be read. " + inner.getMessage());
    }
    return new ParseOutcome.Failed(FailureCode.NO_TEXT, "The file holds no text.");
  }

  private static void checkSize(long bytes, ParseLimits limits) {
    if (bytes == 0) {
      throw new ParseFailure(FailureCode.NO_TEXT, "The file is empty.");
    }
    if (bytes > limits.fileBytesMax()) {
      throw new ParseFailure(
          FailureCode.TOO_LARGE,
          "The file is larger than "
              + (limits.fileBytesMax() >> 20)
              + " MiB (setting engram.retrieval.files.bytes-max). Split it and upload the parts.");
    }
  }

  /// Parses a file whose type is known into `out`.
  ///
  /// @throws ParseFailure for whatever is wrong with it
  /// @throws ExtractionBuilder.Full if the text limit was reached
  void parse(Source source, ExtractionBuilder out, Nested nested) {
    try {
      FormatParser parser = parserFor(source);
      if (parser == null) {
        throw unsupported(source);
      }
      parser.parse(source, out, nested);
    } catch (ExtractionBuilder.Full | ParseFailure e) {
      throw e;
    } catch (IOException
        | SAXException
        | TikaException
        | RuntimeException
        | StackOverflowError
        | LinkageError e) {
      if (out.isFull()) {
        throw new ExtractionBuilder.Full();
      }
      throw Failures.of(e, source.mediaType());
    }
  }

  private static ParseFailure unsupported(Source source) {
    String type = source.mediaType();
    String reason =
        type.startsWith("image/")
            ? "Pictures are not read (there is no text recognition). Upload the text that they show."
            : type.startsWith("audio/") || type.startsWith("video/")
                ? "Sound and film are not read. Upload a transcript, for example as WebVTT."
                : "Files of type " + type + " hold no text that can be read here.";
    return new ParseFailure(FailureCode.UNSUPPORTED_FORMAT, reason);
  }

  /// Finds the media type by content first, then by name and declaration.
  Source detect(Path file, String name, @Nullable String declaredType) throws IOException {
    Metadata metadata = new Metadata();
    metadata.set(TikaCoreProperties.RESOURCE_NAME_KEY, name);
    MediaType declared = declaredType == null ? null : MediaType.parse(declaredType);
    if (declared != null) {
      metadata.set(HttpHeaders.CONTENT_TYPE, declared.toString());
    }
    String type;
    try (TikaInputStream in = TikaInputStream.get(file)) {
      type = detector.detect(in, metadata).getBaseType().toString();
    } catch (RuntimeException e) {
      // Damaged containers make detectors throw; the magic bytes alone still tell.
      try (TikaInputStream in = TikaInputStream.get(file)) {
        type = MimeTypes.getDefaultMimeTypes().detect(in, metadata).getBaseType().toString();
      }
    }
    String charset = declared == null ? null : declared.getParameters().get("charset");
    return new Source(file, name, refined(type, name), charset);
  }

  private static String refined(String type, String name) {
    String ending = Source.extension(name);
    String byEnding = BY_ENDING.get(ending);
    boolean textual =
        type.startsWith("text/")
            || type.equals("application/octet-stream")
            || type.equals("application/json")
            || type.equals("application/xml")
            || type.equals("message/rfc822")
            || type.equals("application/mbox");
    return byEnding != null && textual && !type.equals("text/html") ? byEnding : type;
  }

  /// False for pictures, sound, programs and everything else without text.
  static boolean supports(Source source) {
    return parserFor(source) != null;
  }

  private static @Nullable FormatParser parserFor(Source source) {
    String type = source.mediaType();
    return switch (type) {
      case "application/pdf" -> new PdfFormat();
      case "text/html", "application/xhtml+xml" -> new HtmlFormat();
      case "text/markdown", "text/x-web-markdown" -> new MarkdownFormat();
      case "text/csv", "text/tab-separated-values" -> new CsvFormat();
      case "application/json", "application/ld+json", "application/geo+json" -> new JsonFormat();
      case "text/vtt" -> new WebVttFormat();
      case "text/asciidoc", "text/x-asciidoc" -> new AsciiDocFormat();
      case "message/rfc822", "message/news" -> new MailFormat();
      case "application/mbox" -> new MboxFormat();
      case "text/plain", "application/octet-stream" ->
          CodeFormat.isCode(source) ? new CodeFormat() : new PlainTextFormat();
      default -> parserByFamily(source, type);
    };
  }

  private static @Nullable FormatParser parserByFamily(Source source, String type) {
    if (ARCHIVES.contains(type)) {
      return new ArchiveFormat();
    }
    if (TikaFormat.supports(type)) {
      return new TikaFormat();
    }
    if (type.equals("application/xml") || type.endsWith("+xml") || type.equals("text/xml")) {
      return type.startsWith("image/") ? null : new XmlFormat();
    }
    if (CodeFormat.isCode(source)) {
      return new CodeFormat();
    }
    return type.toLowerCase(Locale.ROOT).startsWith("text/") ? new PlainTextFormat() : null;
  }
}
