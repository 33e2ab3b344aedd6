package engram.retrieval.parse;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Files inside a file: archive entries, mail attachments, embedded documents. Holds the budget
/// that all of them share, so that no nesting can spend it twice.
final class Nested {
  /// Below this a high ratio is harmless: one page of zeros packs to nothing.
  private static final long RATIO_BYTES_MIN = 16L << 20;

  private static final int NAME_CHARS_MAX = 300;

  private final DocumentParser documents;
  private final ParseLimits limits;
  private final ParseProgress progress;
  private final long uploadedBytes;
  private int entries;
  private long unpackedBytes;
  private @Nullable ParseFailure gravest;

  Nested(DocumentParser documents, ParseLimits limits, ParseProgress progress, long uploadedBytes) {
    this.documents = documents;
    this.limits = limits;
    this.progress = progress;
    this.uploadedBytes = Math.max(1, uploadedBytes);
  }

  ParseLimits limits() {
    return limits;
  }

  ParseProgress progress() {
    return progress;
  }

  /// The gravest reason why a file inside gave no text, if one did; the first among equals.
  @Nullable ParseFailure gravestFailure() {
    return gravest;
  }

  /// Pictures and empty files inside are usual; damage, locks and spent limits are the news.
  private static int gravity(FailureCode code) {
    return switch (code) {
      case NO_TEXT -> 0;
      case UNSUPPORTED_FORMAT -> 1;
      case CORRUPT, UNREADABLE, CANCELLED, TIMEOUT, OUT_OF_MEMORY, WORKER_CRASHED -> 2;
      case ENCRYPTED -> 3;
      case TOO_LARGE, TOO_DEEP -> 4;
    };
  }

  /// Parses one file inside `out`'s file, after a header with its name. Its failure is a warning.
  ///
  /// @param quiet for pictures and the like inside documents: no header, no warning if unsupported
  /// @throws ParseFailure if a budget that all share is spent
  void entry(
      String name,
      InputStream data,
      @Nullable String declaredType,
      boolean quiet,
      ExtractionBuilder out)
      throws IOException {
    String shown = shown(name);
    spendEntry();
    if (out.depth() >= limits.depthMax()) {
      failed(shown, tooDeep(), out);
      return;
    }
    Path copy = Files.createTempFile("engram-part", null);
    try {
      if (copy(data, copy) == 0) {
        out.enter();
        out.add(Block.Kind.ATTACHMENT, out.depth(), shown);
        out.leave();
        failed(shown, new ParseFailure(FailureCode.NO_TEXT, "The file is empty."), out);
        return;
      }
      parse(copy, shown, declaredType, quiet, out);
    } finally {
      Files.deleteIfExists(copy);
    }
  }

  private void parse(
      Path copy, String name, @Nullable String declaredType, boolean quiet, ExtractionBuilder out)
      throws IOException {
    Source source = documents.detect(copy, name, declaredType);
    if (quiet && !DocumentParser.supports(source)) {
      return;
    }
    out.enter();
    try {
      out.add(Block.Kind.ATTACHMENT, out.depth(), name);
      documents.parse(source, out, this);
    } catch (ParseFailure failure) {
      if (failure.code() == FailureCode.TOO_LARGE && isSpent()) {
        throw failure;
      }
      failed(name, failure, out);
    } finally {
      out.leave();
    }
  }

  /// Notes that a file inside gave no text.
  void failed(String name, ParseFailure failure, ExtractionBuilder out) {
    if (gravest == null || gravity(failure.code()) > gravity(gravest.code())) {
      gravest = failure;
    }
    out.warn(name + ": " + failure.getMessage());
  }

  /// Counts one entry, also one that is not unpacked.
  void spendEntry() {
    if (entries >= limits.entriesMax()) {
      entries++;
      throw new ParseFailure(
          FailureCode.TOO_LARGE,
          "It holds more than "
              + limits.entriesMax()
              + " files (setting engram.retrieval.parsing.entries-max). Upload it in parts.");
    }
    entries++;
    progress.report(entries, 0, ParseProgress.Unit.ENTRIES);
  }

  private boolean isSpent() {
    return entries > limits.entriesMax() || unpackedBytes > limits.unpackedBytesMax() || isBomb();
  }

  private boolean isBomb() {
    return unpackedBytes > RATIO_BYTES_MIN
        && unpackedBytes / uploadedBytes > limits.compressionRatioMax();
  }

  private long copy(InputStream data, Path to) throws IOException {
    long bytes = 0;
    try (OutputStream sink = Files.newOutputStream(to)) {
      byte[] buffer = new byte[64 << 10];
      for (int n; (n = data.read(buffer)) >= 0; ) {
        spendBytes(n);
        bytes += n;
        sink.write(buffer, 0, n);
      }
    }
    return bytes;
  }

  private void spendBytes(int n) {
    unpackedBytes += n;
    if (unpackedBytes > limits.unpackedBytesMax()) {
      throw new ParseFailure(
          FailureCode.TOO_LARGE,
          "Its contents are larger than "
              + (limits.unpackedBytesMax() >> 20)
              + " MiB unpacked (setting engram.retrieval.parsing.unpacked-bytes-max)."
              + " Upload it in parts.");
    }
    if (isBomb()) {
      throw new ParseFailure(
          FailureCode.TOO_LARGE,
          "It unpacks to more than "
              + limits.compressionRatioMax()
              + " times its size (setting engram.retrieval.parsing.compression-ratio-max),"
              + " as archives built to do harm do.");
    }
  }

  private ParseFailure tooDeep() {
    return new ParseFailure(
        FailureCode.TOO_DEEP,
        "Files are nested more than "
            + limits.depthMax()
            + " deep (setting engram.retrieval.parsing.depth-max)."
            + " Unpack it and upload what is inside.");
  }

  private static String shown(String name) {
    String clean = ExtractionBuilder.clean(name).strip();
    if (clean.isEmpty()) {
      return "(unnamed)";
    }
    return clean.length() > NAME_CHARS_MAX
        ? ExtractionBuilder.clean(clean.substring(clean.length() - NAME_CHARS_MAX))
        : clean;
  }
}
