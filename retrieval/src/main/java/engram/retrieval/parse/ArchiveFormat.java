package engram.retrieval.parse;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.Enumeration;
import org.apache.commons.compress.PasswordRequiredException;
import org.apache.commons.compress.archivers.ArchiveEntry;
import org.apache.commons.compress.archivers.ArchiveException;
import org.apache.commons.compress.archivers.ArchiveInputStream;
import org.apache.commons.compress.archivers.ArchiveStreamFactory;
import org.apache.commons.compress.archivers.sevenz.SevenZArchiveEntry;
import org.apache.commons.compress.archivers.sevenz.SevenZFile;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.apache.commons.compress.compressors.CompressorException;
import org.apache.commons.compress.compressors.CompressorStreamFactory;
import org.jspecify.annotations.Nullable;

/// Archives and compressed files. Every entry is a file of its own, parsed under the budget that
/// all share; one that fails is a warning.
final class ArchiveFormat implements FormatParser {
  private static final int DECODER_KIB_MAX = 64 << 10;

  @Override
  public void parse(Source source, ExtractionBuilder out, Nested nested) throws IOException {
    switch (source.mediaType()) {
      case "application/zip", "application/java-archive" -> {
        if (!zip(source, out, nested)) {
          // No directory at its end: what can be read from the front is all there is.
          stream(source, out, nested);
        }
      }
      case "application/x-7z-compressed" -> sevenZip(source, out, nested);
      default -> stream(source, out, nested);
    }
  }

  /// False if its directory is empty.
  private static boolean zip(Source source, ExtractionBuilder out, Nested nested)
      throws IOException {
    try (ZipFile zip =
        ZipFile.builder().setPath(source.path()).setIgnoreLocalFileHeader(true).get()) {
      for (Enumeration<ZipArchiveEntry> e = zip.getEntriesInPhysicalOrder();
          e.hasMoreElements(); ) {
        ZipArchiveEntry entry = e.nextElement();
        if (entry.isDirectory()) {
          continue;
        }
        String name = name(entry);
        if (entry.getGeneralPurposeBit().usesEncryption()) {
          nested.spendEntry();
          nested.failed(name, Failures.encrypted(null), out);
        } else if (!zip.canReadEntryData(entry)) {
          nested.spendEntry();
          out.warn(name + ": packed in a way that cannot be read here.");
        } else {
          unpack(name, () -> zip.getInputStream(entry), out, nested);
        }
      }
      return zip.getEntries().hasMoreElements();
    }
  }

  /// Names without the UTF-8 flag are in the packer's code page, which only statistics can tell.
  private static String name(ZipArchiveEntry entry) {
    byte[] raw = entry.getRawName();
    return raw == null || entry.getGeneralPurposeBit().usesUTF8ForNames()
        ? entry.getName()
        : TextDecoder.decodeName(raw);
  }

  private static void sevenZip(Source source, ExtractionBuilder out, Nested nested)
      throws IOException {
    try (SevenZFile archive =
        SevenZFile.builder().setPath(source.path()).setMaxMemoryLimitKiB(DECODER_KIB_MAX).get()) {
      for (SevenZArchiveEntry entry; (entry = archive.getNextEntry()) != null; ) {
        if (!entry.isDirectory() && entry.hasStream()) {
          SevenZArchiveEntry current = entry;
          unpack(
              String.valueOf(entry.getName()), () -> archive.getInputStream(current), out, nested);
        }
      }
    } catch (PasswordRequiredException e) {
      throw Failures.encrypted(e);
    }
  }

  private static void stream(Source source, ExtractionBuilder out, Nested nested)
      throws IOException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(source.path()), 64 << 10)) {
      String format = archiveFormat(in);
      if (format == null) {
        compressed(source, in, out, nested);
        return;
      }
      try (ArchiveInputStream<? extends ArchiveEntry> archive =
          new ArchiveStreamFactory().createArchiveInputStream(format, in)) {
        for (ArchiveEntry entry; (entry = archive.getNextEntry()) != null; ) {
          if (!entry.isDirectory() && archive.canReadEntryData(entry)) {
            unpack(entry.getName(), () -> archive, out, nested);
          }
        }
      }
    } catch (ArchiveException e) {
      throw Failures.of(e, source.mediaType());
    }
  }

  private static @Nullable String archiveFormat(InputStream in) {
    try {
      return ArchiveStreamFactory.detect(in);
    } catch (ArchiveException e) {
      return null;
    }
  }

  private static void compressed(
      Source source, InputStream in, ExtractionBuilder out, Nested nested) throws IOException {
    try (InputStream unpacked =
        new CompressorStreamFactory(true, DECODER_KIB_MAX)
            .createCompressorInputStream(CompressorStreamFactory.detect(in), in)) {
      nested.entry(innerName(source.name()), unpacked, null, false, out);
    } catch (CompressorException e) {
      throw Failures.of(e, source.mediaType());
    }
  }

  private static String innerName(String name) {
    String lower = name.toLowerCase(java.util.Locale.ROOT);
    if (lower.endsWith(".tgz") || lower.endsWith(".tbz2") || lower.endsWith(".txz")) {
      return name.substring(0, name.lastIndexOf('.')) + ".tar";
    }
    int dot = name.lastIndexOf('.');
    return dot > 0 ? name.substring(0, dot) : name;
  }

  @FunctionalInterface
  private interface Opener {
    InputStream open() throws IOException;
  }

  /// A damaged entry is a warning; the entries after it may be whole.
  private static void unpack(String name, Opener opener, ExtractionBuilder out, Nested nested)
      throws IOException {
    try {
      nested.entry(name, opener.open(), null, false, out);
    } catch (IOException e) {
      nested.failed(name, Failures.of(e, "application/zip"), out);
    }
  }
}
