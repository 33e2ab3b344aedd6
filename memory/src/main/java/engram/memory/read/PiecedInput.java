package engram.memory.read;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// Input that is read piece by piece, each of which may only be so large: a piece is held in memory
/// while it is read, and whoever sends it decides how much that is.
///
/// Readers read ahead, so a piece may have a buffer's length more or less than is said here.
final class PiecedInput extends FilterInputStream {
  private final int pieceBytesMax;
  private String where = "the input";
  private int pieceBytes;
  private long bytes;

  PiecedInput(InputStream input, int pieceBytesMax) {
    super(input);
    this.pieceBytesMax = pieceBytesMax;
  }

  /// @param its name, for messages
  void next(String its) {
    where = its;
    pieceBytes = 0;
  }

  /// All that was read so far.
  long bytes() {
    return bytes;
  }

  @Override
  public int read() throws IOException {
    int read = super.read();
    count(read < 0 ? 0 : 1);
    return read;
  }

  @Override
  public int read(byte[] buffer, int from, int length) throws IOException {
    int read = super.read(buffer, from, length);
    count(Math.max(0, read));
    return read;
  }

  private void count(int read) {
    bytes += read;
    pieceBytes += read;
    if (pieceBytes > pieceBytesMax) {
      throw Malformed.at(where, "it has more than %d bytes".formatted(pieceBytesMax));
    }
  }
}
