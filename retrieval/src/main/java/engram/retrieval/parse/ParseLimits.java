package engram.retrieval.parse;

import java.time.Duration;

/// Bounds on what one file may cost. All are on by default.
///
/// @param fileBytesMax size of the file on disk
/// @param charsMax UTF-16 units of extracted text; the rest is cut with a warning
/// @param pagesMax pages of a PDF that are read; the rest is cut with a warning
/// @param depthMax how deep files may lie inside files (archives, attachments)
/// @param entriesMax files inside one uploaded file, at all depths together
/// @param unpackedBytesMax bytes of all those files together
/// @param compressionRatioMax unpacked to packed bytes, looked at once 16 MiB are unpacked
/// @param timeout wall time for one file; over it the worker is killed
public record ParseLimits(
    long fileBytesMax,
    int charsMax,
    int pagesMax,
    int depthMax,
    int entriesMax,
    long unpackedBytesMax,
    int compressionRatioMax,
    Duration timeout) {
  public static final ParseLimits DEFAULT =
      new ParseLimits(
          512L << 20, 50_000_000, 20_000, 8, 10_000, 1L << 30, 200, Duration.ofMinutes(2));

  public ParseLimits {
    if (fileBytesMax < 1
        || charsMax < 1
        || pagesMax < 1
        || depthMax < 0
        || entriesMax < 0
        || unpackedBytesMax < 0
        || compressionRatioMax < 1) {
      throw new IllegalArgumentException("limits must be positive");
    }
    if (!timeout.isPositive()) {
      throw new IllegalArgumentException("timeout " + timeout + " is not positive");
    }
  }

  public ParseLimits withTimeout(Duration newTimeout) {
    return new ParseLimits(
        fileBytesMax,
        charsMax,
        pagesMax,
        depthMax,
        entriesMax,
        unpackedBytesMax,
        compressionRatioMax,
        newTimeout);
  }

  public ParseLimits withCharsMax(int newCharsMax) {
    return new ParseLimits(
        fileBytesMax,
        newCharsMax,
        pagesMax,
        depthMax,
        entriesMax,
        unpackedBytesMax,
        compressionRatioMax,
        timeout);
  }
}
