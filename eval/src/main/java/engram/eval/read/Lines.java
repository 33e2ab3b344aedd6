package engram.eval.read;

import engram.retrieval.RefusedException;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/// A text file line by line, in UTF-8, that knows where it is. Bytes that are no UTF-8 become
/// U+FFFD: old collections have a few of them.
final class Lines implements AutoCloseable {
  static final int LINE_CHARS_MAX = 8 << 20;

  /// Of rows of judgements and runs, which are a few names and numbers.
  static final int ROW_CHARS_MAX = 8_192;

  private final String file;
  private final BufferedReader reader;
  private long number;

  Lines(String file, InputStream in) {
    this.file = file;
    this.reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8), 1 << 16);
  }

  /// The next line without its end; null after the last.
  @Nullable String next() throws IOException {
    StringBuilder line = new StringBuilder();
    number++;
    try {
      int c = reader.read();
      if (c < 0) {
        return null;
      }
      while (c >= 0 && c != '\n') {
        if (line.length() == LINE_CHARS_MAX) {
          throw wrong("is longer than " + LINE_CHARS_MAX + " characters");
        }
        line.append((char) c);
        c = reader.read();
      }
    } catch (ZipException | EOFException damaged) {
      throw FileSet.invalid(file + " is damaged: it cannot be unpacked to its end.");
    }
    if (!line.isEmpty() && line.charAt(line.length() - 1) == '\r') {
      line.setLength(line.length() - 1);
    }
    boolean mark = number == 1 && !line.isEmpty() && line.charAt(0) == '\uFEFF';
    return mark ? line.substring(1) : line.toString();
  }

  long number() {
    return number;
  }

  /// The line, if it is not longer.
  String checked(String line, int charsMax) {
    if (line.length() > charsMax) {
      throw wrong("is longer than " + charsMax + " characters");
    }
    return line;
  }

  RefusedException wrong(String what) {
    return wrongAt(number, what);
  }

  /// @param what goes on after the line's number: `has no query id`
  RefusedException wrongAt(long line, String what) {
    return FileSet.invalid(file + " line " + line + " " + what + ".");
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }
}
