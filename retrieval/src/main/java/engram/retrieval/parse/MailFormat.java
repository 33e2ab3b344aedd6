package engram.retrieval.parse;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.List;
import java.util.Locale;
import org.apache.james.mime4j.codec.DecodeMonitor;
import org.apache.james.mime4j.codec.DecoderUtil;
import org.apache.james.mime4j.dom.Entity;
import org.apache.james.mime4j.dom.Message;
import org.apache.james.mime4j.dom.Multipart;
import org.apache.james.mime4j.dom.SingleBody;
import org.apache.james.mime4j.message.DefaultMessageBuilder;
import org.apache.james.mime4j.stream.Field;
import org.apache.james.mime4j.stream.MimeConfig;
import org.jspecify.annotations.Nullable;

/// One e-mail: subject, sender, recipients and date, then its text (of alternatives the richest),
/// then its attachments.
final class MailFormat implements FormatParser {
  private static final int PART_DEPTH_MAX = 30;
  private static final List<String> SHOWN = List.of("From", "To", "Cc", "Date", "Subject");

  @Override
  public void parse(Source source, ExtractionBuilder out, Nested nested) throws IOException {
    try (InputStream in = Files.newInputStream(source.path())) {
      message(in, out, nested);
    }
  }

  static void message(InputStream in, ExtractionBuilder out, Nested nested) throws IOException {
    DefaultMessageBuilder builder = new DefaultMessageBuilder();
    builder.setMimeEntityConfig(
        new MimeConfig.Builder()
            .setMaxLineLen(-1)
            .setMaxHeaderLen(1 << 20)
            .setMaxHeaderCount(10_000)
            .setMaxContentLen(-1)
            .build());
    builder.setDecodeMonitor(DecodeMonitor.SILENT);
    Message message = builder.parseMessage(in);
    try {
      headers(message, out);
      part(message, out, nested, 0);
    } finally {
      message.dispose();
    }
  }

  private static void headers(Entity message, ExtractionBuilder out) {
    StringBuilder lines = new StringBuilder();
    for (String name : SHOWN) {
      String value = header(message, name);
      if (value != null) {
        if (name.equals("Subject")) {
          out.title(value);
          out.add(Block.Kind.PARAGRAPH, 0, lines);
          lines.setLength(0);
          out.add(Block.Kind.TITLE, 0, value);
        } else {
          lines.append(lines.isEmpty() ? "" : "\n").append(name).append(": ").append(value);
        }
      }
    }
    out.add(Block.Kind.PARAGRAPH, 0, lines);
  }

  private static @Nullable String header(Entity entity, String name) {
    Field field = entity.getHeader() == null ? null : entity.getHeader().getField(name);
    if (field == null || field.getBody() == null) {
      return null;
    }
    String decoded = DecoderUtil.decodeEncodedWords(field.getBody(), DecodeMonitor.SILENT);
    String folded = ExtractionBuilder.clean(decoded).replaceAll("\\s+", " ").strip();
    return folded.isEmpty() ? null : folded;
  }

  private static void part(Entity part, ExtractionBuilder out, Nested nested, int depth)
      throws IOException {
    if (depth > PART_DEPTH_MAX) {
      throw new ParseFailure(
          FailureCode.TOO_DEEP, "The mail has parts nested more than " + PART_DEPTH_MAX + " deep.");
    }
    switch (part.getBody()) {
      case Multipart parts -> multipart(part, parts, out, nested, depth);
      case Message inner -> {
        String subject = header(inner, "Subject");
        out.enter();
        try {
          out.add(Block.Kind.ATTACHMENT, out.depth(), subject == null ? "message" : subject);
          headers(inner, out);
          part(inner, out, nested, depth + 1);
        } finally {
          out.leave();
        }
      }
      case SingleBody body -> single(part, body, out, nested);
      case null, default -> {
        // A part without a body says nothing.
      }
    }
  }

  private static void multipart(
      Entity whole, Multipart parts, ExtractionBuilder out, Nested nested, int depth)
      throws IOException {
    List<Entity> children = parts.getBodyParts();
    if (whole.getMimeType().equals("multipart/alternative") && !children.isEmpty()) {
      // By the rules the last alternative is the fullest; one that we can show must be found.
      for (Entity child : children.reversed()) {
        String type = child.getMimeType();
        if (type.startsWith("multipart/")
            || type.startsWith("text/html")
            || type.equals("text/plain")) {
          part(child, out, nested, depth + 1);
          return;
        }
      }
    }
    for (Entity child : children) {
      part(child, out, nested, depth + 1);
    }
  }

  private static void single(Entity part, SingleBody body, ExtractionBuilder out, Nested nested)
      throws IOException {
    String type = part.getMimeType().toLowerCase(Locale.ROOT);
    String fileName = part.getFilename();
    boolean attached = "attachment".equals(part.getDispositionType()) || fileName != null;
    if (attached || !type.startsWith("text/")) {
      boolean quiet = fileName == null || type.startsWith("image/");
      String name =
          fileName == null
              ? "part"
              : DecoderUtil.decodeEncodedWords(fileName, DecodeMonitor.SILENT);
      nested.entry(name, body.getInputStream(), declared(part, type), quiet, out);
      return;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (InputStream in = body.getInputStream()) {
      in.transferTo(bytes);
    }
    text(bytes.toByteArray(), type, part.getCharset(), out);
  }

  private static String declared(Entity part, String type) {
    String charset = part.getCharset();
    return charset == null ? type : type + "; charset=" + charset;
  }

  private static void text(
      byte[] bytes, String type, @Nullable String charset, ExtractionBuilder out) {
    if (bytes.length == 0) {
      return;
    }
    String known = charset == null || charset.equalsIgnoreCase("us-ascii") ? null : charset;
    String text = TextDecoder.decode(bytes, known);
    if (type.equals("text/html")) {
      HtmlFormat.html(text, out);
      return;
    }
    for (String paragraph :
        text.replace("\r\n", "\n").replace('\r', '\n').split("\n[ \t\u00a0]*\n")) {
      out.add(Block.Kind.PARAGRAPH, 0, paragraph);
    }
  }
}
