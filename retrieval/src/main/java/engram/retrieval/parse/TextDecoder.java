package engram.retrieval.parse;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.tika.parser.txt.CharsetDetector;
import org.apache.tika.parser.txt.CharsetMatch;
import org.jspecify.annotations.Nullable;

/// Decodes text of unknown charset: byte order mark, then strict UTF-8, then what was declared,
/// then zero bytes where UTF-16 and UTF-32 have them, then the statistics of ICU's detector (in the
/// form that Tika extended by IBM-500 and IBM-866).
final class TextDecoder {
  private static final int SAMPLE_BYTES = 64 << 10;
  private static final int CONFIDENCE_MIN = 20;
  private static final long BYTES_PER_CHAR_MAX = 4;
  private static final Charset WINDOWS_1252 = Charset.forName("windows-1252");

  private TextDecoder() {}

  /// The whole file as text, without its byte order mark.
  ///
  /// @throws ParseFailure if the file is not text
  static String decode(Source source, ExtractionBuilder out, Nested nested) throws IOException {
    byte[] bytes = read(source, out, nested.limits());
    return decode(bytes, source.charset());
  }

  static byte[] read(Source source, ExtractionBuilder out, ParseLimits limits) throws IOException {
    long max = Math.min(BYTES_PER_CHAR_MAX * limits.charsMax() + 4, Integer.MAX_VALUE - 64L);
    try (InputStream in = Files.newInputStream(source.path())) {
      byte[] bytes = in.readNBytes((int) max);
      if (in.read() >= 0) {
        out.warn(
            "Only the first "
                + max
                + " bytes were read (setting engram.retrieval.parsing.chars-max).");
      }
      return bytes;
    }
  }

  static String decode(byte[] bytes, @Nullable String declared) {
    Mark mark = Mark.of(bytes);
    if (mark != null) {
      return new String(bytes, mark.length(), bytes.length - mark.length(), mark.charset());
    }
    Charset wide = byZeroBytes(bytes);
    if (wide != null) {
      return new String(bytes, wide);
    }
    Charset named = named(declared);
    if (named != null && !named.equals(StandardCharsets.UTF_8) && isClean(bytes, named)) {
      return new String(bytes, named);
    }
    String utf8 = strict(bytes, StandardCharsets.UTF_8);
    if (utf8 != null) {
      if (isBinary(bytes)) {
        throw notText();
      }
      return utf8;
    }
    return new String(bytes, detect(bytes));
  }

  /// A short name of unknown charset, as in archives.
  static String decodeName(byte[] raw) {
    String utf8 = strict(raw, StandardCharsets.UTF_8);
    if (utf8 != null) {
      return utf8;
    }
    // Too short for statistics: of the likely packers' code pages, the first that gives words.
    for (String name : List.of("GB18030", "windows-31j", "EUC-KR", "IBM866", "IBM437")) {
      Charset charset = named(name);
      String decoded = charset == null ? null : strict(raw, charset);
      if (decoded != null && decoded.codePoints().allMatch(TextDecoder::isNameCharacter)) {
        return decoded;
      }
    }
    return new String(raw, StandardCharsets.ISO_8859_1);
  }

  private static boolean isNameCharacter(int c) {
    return c < 128
        || Character.isLetterOrDigit(c)
        || Character.isSpaceChar(c)
        || Character.getType(c) == Character.OTHER_PUNCTUATION;
  }

  private record Mark(Charset charset, int length) {
    static @Nullable Mark of(byte[] b) {
      if (b.length >= 3 && (b[0] & 255) == 0xEF && (b[1] & 255) == 0xBB && (b[2] & 255) == 0xBF) {
        return new Mark(StandardCharsets.UTF_8, 3);
      }
      if (b.length >= 4 && (b[0] & 255) == 0xFF && (b[1] & 255) == 0xFE && b[2] == 0 && b[3] == 0) {
        return new Mark(Charset.forName("UTF-32LE"), 4);
      }
      if (b.length >= 4 && b[0] == 0 && b[1] == 0 && (b[2] & 255) == 0xFE && (b[3] & 255) == 0xFF) {
        return new Mark(Charset.forName("UTF-32BE"), 4);
      }
      if (b.length >= 2 && (b[0] & 255) == 0xFF && (b[1] & 255) == 0xFE) {
        return new Mark(StandardCharsets.UTF_16LE, 2);
      }
      if (b.length >= 2 && (b[0] & 255) == 0xFE && (b[1] & 255) == 0xFF) {
        return new Mark(StandardCharsets.UTF_16BE, 2);
      }
      return null;
    }
  }

  /// UTF-16 of mostly Latin text has a zero in every second byte.
  private static @Nullable Charset byZeroBytes(byte[] bytes) {
    int n = Math.min(bytes.length, SAMPLE_BYTES) & ~1;
    if (n < 4) {
      return null;
    }
    int even = 0;
    int odd = 0;
    for (int i = 0; i < n; i += 2) {
      even += bytes[i] == 0 ? 1 : 0;
      odd += bytes[i + 1] == 0 ? 1 : 0;
    }
    int half = n / 2;
    if (odd * 10 > half * 4 && even * 50 < half) {
      return StandardCharsets.UTF_16LE;
    }
    return even * 10 > half * 4 && odd * 50 < half ? StandardCharsets.UTF_16BE : null;
  }

  private static Charset detect(byte[] bytes) {
    byte[] sample = bytes.length > SAMPLE_BYTES ? Arrays.copyOf(bytes, SAMPLE_BYTES) : bytes;
    Charset dos = Charset.forName("IBM866");
    if (isRussian(new String(sample, dos))) {
      return dos;
    }
    CharsetDetector detector = new CharsetDetector(SAMPLE_BYTES);
    detector.setText(sample);
    for (CharsetMatch match : detector.detectAll()) {
      Charset charset = named(match.getName());
      if (charset == null
          || match.getConfidence() < CONFIDENCE_MIN
          || charset.name().startsWith("UTF-")) {
        continue;
      }
      if (isEbcdic(charset) != looksEbcdic(sample) || !isText(sample, charset)) {
        continue;
      }
      return charset.name().equals("ISO-8859-1") ? WINDOWS_1252 : charset;
    }
    if (isBinary(sample)) {
      throw notText();
    }
    // Mostly UTF-8 with a few broken bytes is more common than any other leftover.
    return mostlyUtf8(sample) ? StandardCharsets.UTF_8 : WINDOWS_1252;
  }

  /// Nearly all letters beyond ASCII are Cyrillic and most of them small. No other code page that
  /// we know gives that when it is read as IBM-866: its small letters lie in two separate blocks.
  private static boolean isRussian(String text) {
    int wide = 0;
    int cyrillic = 0;
    int small = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      wide += c > 127 ? 1 : 0;
      cyrillic += c >= '\u0400' && c <= '\u04ff' ? 1 : 0;
      small += c >= '\u0430' && c <= '\u045f' ? 1 : 0;
    }
    return wide * 4 > text.length() && cyrillic * 100 > wide * 97 && small * 10 > wide * 7;
  }

  private static boolean isText(byte[] sample, Charset charset) {
    String text = new String(sample, charset);
    int bad = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      bad += c == '\ufffd' || (c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != '\f') ? 1 : 0;
    }
    return bad * 100 <= text.length();
  }

  private static boolean isEbcdic(Charset charset) {
    return Set.of("IBM500", "IBM037", "IBM420", "IBM424").contains(charset.name())
        || charset.name().startsWith("x-IBM42");
  }

  /// In EBCDIC a space is 0x40 and letters stand above 0x80; in no other family are both common.
  private static boolean looksEbcdic(byte[] sample) {
    int spaces = 0;
    int high = 0;
    for (byte b : sample) {
      spaces += b == 0x40 ? 1 : 0;
      high += b < 0 ? 1 : 0;
    }
    return spaces * 20 > sample.length && high * 3 > sample.length;
  }

  private static boolean mostlyUtf8(byte[] sample) {
    String text = new String(sample, StandardCharsets.UTF_8);
    long broken = text.chars().filter(c -> c == '\ufffd').count();
    long wide = text.chars().filter(c -> c > 127 && c != '\ufffd').count();
    return wide > broken * 4;
  }

  private static boolean isBinary(byte[] bytes) {
    int n = Math.min(bytes.length, SAMPLE_BYTES);
    int control = 0;
    for (int i = 0; i < n; i++) {
      int b = bytes[i] & 255;
      control += b < 32 && b != '\n' && b != '\r' && b != '\t' && b != '\f' && b != 27 ? 1 : 0;
    }
    return control * 50 > n;
  }

  private static ParseFailure notText() {
    return new ParseFailure(
        FailureCode.UNSUPPORTED_FORMAT,
        "The file is not text and its format is not known. Save it in a common format.");
  }

  private static boolean isClean(byte[] bytes, Charset charset) {
    String text = strict(bytes, charset);
    return text != null && text.chars().limit(SAMPLE_BYTES).noneMatch(c -> c == 0);
  }

  private static @Nullable String strict(byte[] bytes, Charset charset) {
    try {
      return charset
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes))
          .toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  static @Nullable Charset named(@Nullable String name) {
    if (name == null) {
      return null;
    }
    try {
      return Charset.forName(name.strip());
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      return null;
    }
  }
}
