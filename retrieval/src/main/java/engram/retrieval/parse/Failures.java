package engram.retrieval.parse;

import java.io.IOException;
import java.util.Locale;
import org.apache.pdfbox.pdmodel.encryption.InvalidPasswordException;
import org.apache.poi.UnsupportedFileFormatException;
import org.apache.poi.util.RecordFormatException;
import org.apache.tika.exception.EncryptedDocumentException;
import org.apache.tika.exception.TikaMemoryLimitException;
import org.apache.tika.exception.UnsupportedFormatException;
import org.apache.tika.exception.ZeroByteFileException;
import org.jspecify.annotations.Nullable;

/// Names what a parser threw, in words for the person who uploaded the file.
final class Failures {
  private static final int CAUSES_MAX = 16;
  private static final int DETAIL_CHARS_MAX = 160;

  /// What Linux and macOS say; Java has no exception of its own for it.
  private static final String DISK_FULL = "No space left on device";

  private Failures() {}

  static ParseFailure of(Throwable thrown, String mediaType) {
    @Nullable Throwable t = thrown;
    for (int i = 0; t != null && i < CAUSES_MAX; i++, t = t.getCause()) {
      ParseFailure known = known(t);
      if (known != null) {
        return known;
      }
    }
    return new ParseFailure(
        FailureCode.CORRUPT,
        "The file is damaged or is not really "
            + FormatNames.of(mediaType)
            + ": "
            + detail(thrown)
            + ". Open it in its own program, save it again and upload that copy.",
        thrown);
  }

  private static @Nullable ParseFailure known(Throwable t) {
    return switch (t) {
      case ParseFailure failure -> failure;
      case IOException io when String.valueOf(io.getMessage()).contains(DISK_FULL) ->
          new ParseFailure(
              FailureCode.UNREADABLE, "There was no space left for the parser's own files.", t);
      case EncryptedDocumentException _,
          org.apache.poi.EncryptedDocumentException _,
          InvalidPasswordException _ ->
          encrypted(t);
      case ZeroByteFileException _ ->
          new ParseFailure(FailureCode.NO_TEXT, "The file is empty.", t);
      case UnsupportedFormatException _, UnsupportedFileFormatException _ ->
          new ParseFailure(
              FailureCode.UNSUPPORTED_FORMAT,
              "This variant of the format is not supported ("
                  + detail(t)
                  + "). Save it in a newer format.",
              t);
      case TikaMemoryLimitException _, RecordFormatException _ ->
          new ParseFailure(
              FailureCode.TOO_LARGE,
              "The file claims parts larger than the limits allow (" + detail(t) + ").",
              t);
      case StackOverflowError _ ->
          new ParseFailure(FailureCode.TOO_DEEP, "The file is nested too deeply to be read.", t);
      case LinkageError _ ->
          new ParseFailure(
              FailureCode.UNSUPPORTED_FORMAT,
              "A part of this format needs a decoder that is not installed (" + detail(t) + ").",
              t);
      default -> null;
    };
  }

  static ParseFailure encrypted(@Nullable Throwable cause) {
    return new ParseFailure(
        FailureCode.ENCRYPTED,
        "The file is protected by a password. Save a copy without the password and upload that.",
        cause);
  }

  private static String detail(Throwable thrown) {
    Throwable root = thrown;
    for (int i = 0; i < CAUSES_MAX && root.getCause() != null; i++) {
      root = root.getCause();
    }
    String message = root.getMessage();
    String words = message == null ? spelled(root) : ExtractionBuilder.clean(message).strip();
    // Parsers put local paths into their messages; nobody outside may see them.
    words = words.replaceAll("(?:[A-Za-z]:)?[/\\\\][^\\s'\"]{2,}", "(file)");
    words = words.replaceFirst("[.\\s]+$", ""); // the sentence around it has its own end
    return words.length() > DETAIL_CHARS_MAX ? words.substring(0, DETAIL_CHARS_MAX) + "…" : words;
  }

  private static String spelled(Throwable root) {
    return root.getClass()
        .getSimpleName()
        .replaceAll("(?<=[a-z])(?=[A-Z])", " ")
        .toLowerCase(Locale.ROOT);
  }
}
