package engram.retrieval.parse;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.apache.poi.ooxml.POIXMLException;
import org.jspecify.annotations.Nullable;

/// Office files saved as "Strict Open XML": the same format under other namespace names, which POI
/// does not read for workbooks. A copy with the usual names is read instead.
final class StrictOffice {
  private static final int ENTRIES_MAX = 10_000;
  private static final int PART_BYTES_MAX = 64 << 20;
  private static final Pattern STRICT_NAME =
      Pattern.compile(
          "http://purl\\.oclc\\.org/ooxml/(officeDocument|spreadsheetml|drawingml|wordprocessingml|presentationml)/");

  private StrictOffice() {}

  static boolean isMeant(@Nullable Throwable thrown) {
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      if (t instanceof POIXMLException
          && String.valueOf(t.getMessage()).startsWith("Strict OOXML")) {
        return true;
      }
    }
    return false;
  }

  /// A copy under the usual names, which the caller deletes.
  static Path copy(Path strict) throws IOException {
    Path copy = Files.createTempFile("engram-strict", null);
    int entries = 0;
    try (ZipFile in = new ZipFile(strict.toFile());
        ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(copy))) {
      for (Enumeration<? extends ZipEntry> e = in.entries(); e.hasMoreElements(); ) {
        ZipEntry entry = e.nextElement();
        if (entries++ >= ENTRIES_MAX) {
          throw new ParseFailure(
              FailureCode.TOO_LARGE, "The file has more than " + ENTRIES_MAX + " parts.");
        }
        try (InputStream part = in.getInputStream(entry)) {
          out.putNextEntry(new ZipEntry(entry.getName()));
          out.write(renamed(entry.getName(), part));
          out.closeEntry();
        }
      }
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(copy);
      throw e;
    }
    return copy;
  }

  private static byte[] renamed(String name, InputStream part) throws IOException {
    byte[] bytes = part.readNBytes(PART_BYTES_MAX);
    if (!name.endsWith(".xml") && !name.endsWith(".rels")) {
      return bytes;
    }
    // Names are ASCII, so any encoding that Office writes survives the round trip.
    String xml = new String(bytes, StandardCharsets.ISO_8859_1);
    return STRICT_NAME
        .matcher(xml)
        .replaceAll("http://schemas.openxmlformats.org/$1/2006/")
        .getBytes(StandardCharsets.ISO_8859_1);
  }
}
