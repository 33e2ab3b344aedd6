package engram.inference.tokenizer.normalize;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.text.BreakIterator;
import java.util.Locale;

/// SentencePiece's precompiled table of replacements: a double array over UTF-8 bytes (Aoe, 1989,
/// in the layout of darts-clone) whose values are offsets of strings that end with a zero.
///
/// The table comes out of a model's file: every access is checked, and a key is at most so long.
public final class CharacterMap {
  private static final int MAX_KEY_CHARACTERS = 64;

  private final int[] units;
  private final byte[] replacements;

  /// @param table little-endian: bytes of the double array, the double array, the strings
  /// @throws IllegalArgumentException if the table is cut off
  public CharacterMap(byte[] table) {
    ByteBuffer in = ByteBuffer.wrap(table).order(ByteOrder.LITTLE_ENDIAN);
    long size = in.remaining() < 4 ? -1 : Integer.toUnsignedLong(in.getInt());
    if (size < 4 || size % 4 != 0 || size > in.remaining()) {
      throw new IllegalArgumentException(
          "the table of replacements has " + table.length + " bytes and an array of " + size);
    }
    units = new int[(int) (size / 4)];
    in.asIntBuffer().get(units);
    in.position(in.position() + (int) size);
    replacements = new byte[in.remaining()];
    in.get(replacements);
  }

  /// The longest key that begins at `start`: how many UTF-16 units it has, above the offset of its
  /// replacement.
  ///
  /// @return -1 where no key does
  long longest(String text, int start) {
    return match(text, start, text.length(), true);
  }

  String replacement(long match) {
    int offset = (int) match;
    int end = offset;
    while (end < replacements.length && replacements[end] != 0) {
      end++;
    }
    return offset >= replacements.length
        ? ""
        : new String(replacements, offset, end - offset, StandardCharsets.UTF_8);
  }

  private long match(String text, int start, int end, boolean longest) {
    long found = -1;
    int position = offset(units[0]);
    int characters = 0;
    for (int i = start; i < end && characters < MAX_KEY_CHARACTERS; characters++) {
      int codePoint = text.codePointAt(i);
      i += Character.charCount(codePoint);
      int bytes = codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
      int unit = 0;
      for (int b = 0; b < bytes; b++) {
        int value = utf8(codePoint, bytes, b);
        position ^= value;
        if (position < 0 || position >= units.length) {
          return found;
        }
        unit = units[position];
        if ((unit & 0x800000FF) != value) {
          return found;
        }
        position ^= offset(unit);
      }
      if (((unit >>> 8) & 1) == 1 && position >= 0 && position < units.length) {
        found = (long) (i - start) << 32 | (units[position] & 0x7FFFFFFF);
        if (!longest) {
          return found;
        }
      }
    }
    return found;
  }

  private static int offset(int unit) {
    return (unit >>> 10) << ((unit & (1 << 9)) >>> 6);
  }

  private static int utf8(int codePoint, int bytes, int index) {
    if (bytes == 1) {
      return codePoint;
    }
    int bits = codePoint >>> (6 * (bytes - 1 - index));
    return index == 0 ? ((0xF00 >>> bytes) & 0xFF) | bits : 0x80 | (bits & 0x3F);
  }

  /// Replaces as Hugging Face's tokenizers do it, which is not quite SentencePiece's way: a cluster
  /// of up to 5 bytes whose beginning is a key becomes that key's replacement; of longer ones each
  /// character does.
  public Normalizer byCluster() {
    return (text, first, last) -> {
      StringBuilder built = new StringBuilder(text.length() + 16);
      BreakIterator clusters = BreakIterator.getCharacterInstance(Locale.ROOT);
      clusters.setText(text);
      int start = clusters.first();
      for (int end = clusters.next(); end != BreakIterator.DONE; end = clusters.next()) {
        appendCluster(text, start, end, built);
        start = end;
      }
      return built.toString();
    };
  }

  private void appendCluster(String text, int start, int end, StringBuilder built) {
    long match = utf8Length(text, start, end) < 6 ? match(text, start, end, false) : -1;
    if (match >= 0) {
      built.append(replacement(match));
      return;
    }
    for (int i = start; i < end; ) {
      int next = i + Character.charCount(text.codePointAt(i));
      long single = match(text, i, next, false);
      if (single >= 0) {
        built.append(replacement(single));
      } else {
        built.append(text, i, next);
      }
      i = next;
    }
  }

  private static int utf8Length(String text, int start, int end) {
    return end - start > 5 ? 6 : text.substring(start, end).getBytes(StandardCharsets.UTF_8).length;
  }
}
