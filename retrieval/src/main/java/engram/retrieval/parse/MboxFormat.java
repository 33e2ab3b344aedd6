package engram.retrieval.parse;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;

/// A mailbox of many mails, each beginning with a line `From `. Mails are read one by one.
final class MboxFormat implements FormatParser {
  private static final byte[] FROM = "From ".getBytes(StandardCharsets.US_ASCII);
  private static final int MAIL_BYTES_MAX = 64 << 20;

  @Override
  public void parse(Source source, ExtractionBuilder out, Nested nested) throws IOException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(source.path()), 64 << 10)) {
      ByteArrayOutputStream mail = new ByteArrayOutputStream();
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      boolean cut = false;
      for (boolean more = true; more; ) {
        line.reset();
        more = readLine(in, line);
        byte[] bytes = line.toByteArray();
        if (startsWith(bytes, 0)) {
          mail(mail.toByteArray(), out, nested);
          mail.reset();
          cut = false;
        } else if (mail.size() + bytes.length > MAIL_BYTES_MAX) {
          if (!cut) {
            out.warn("A mail was cut after " + (MAIL_BYTES_MAX >> 20) + " MiB.");
          }
          cut = true;
        } else if (!cut) {
          int quotes = quotes(bytes);
          // A quoted "From " line lost its meaning as a separator; one quote sign is the format's.
          boolean quoted = quotes > 0 && startsWith(bytes, quotes);
          mail.write(bytes, quoted ? 1 : 0, bytes.length - (quoted ? 1 : 0));
        }
      }
      mail(mail.toByteArray(), out, nested);
    }
  }

  private static void mail(byte[] bytes, ExtractionBuilder out, Nested nested) throws IOException {
    if (bytes.length > 0) {
      nested.spendEntry();
      MailFormat.message(new ByteArrayInputStream(bytes), out, nested);
    }
  }

  private static int quotes(byte[] line) {
    int quotes = 0;
    while (quotes < line.length && line[quotes] == '>') {
      quotes++;
    }
    return quotes;
  }

  private static boolean startsWith(byte[] line, int at) {
    for (int i = 0; i < FROM.length; i++) {
      if (at + i >= line.length || line[at + i] != FROM[i]) {
        return false;
      }
    }
    return true;
  }

  private static boolean readLine(InputStream in, ByteArrayOutputStream line) throws IOException {
    for (int c; (c = in.read()) >= 0; ) {
      line.write(c);
      if (c == '\n' || line.size() > MAIL_BYTES_MAX) {
        return true;
      }
    }
    return false;
  }
}
