package engram.retrieval.library;

import java.io.IOException;
import java.io.InputStream;
import java.util.Iterator;

/// Streams one after the other, each opened when it is its turn.
final class JoinedStream extends InputStream {
  private final Iterator<InputStream> streams;
  private InputStream current = InputStream.nullInputStream();

  JoinedStream(Iterator<InputStream> streams) {
    this.streams = streams;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    while (true) {
      int read = current.read(buffer, offset, length);
      if (read >= 0) {
        return read;
      }
      current.close();
      if (!streams.hasNext()) {
        current = InputStream.nullInputStream();
        return -1;
      }
      current = streams.next();
    }
  }

  @Override
  public void close() throws IOException {
    current.close();
  }
}
