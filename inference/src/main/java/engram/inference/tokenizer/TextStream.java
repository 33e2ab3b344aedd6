package engram.inference.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Tokens to text as they come. What was given out is never taken back, and all of it together is
/// what [Tokenizer#decode] makes of the same ids.
///
/// A character whose bytes are spread over several tokens is held back until it is whole; bytes
/// that can no longer become one are U+FFFD. One caller at a time.
public final class TextStream {
  private final Tokenizer tokenizer;
  private final boolean skipSpecial;
  private final Spelling spelling;
  private byte[] held = new byte[0];
  private int before = -1;
  private boolean first = true;
  private int strip;

  TextStream(Tokenizer tokenizer, Spelling spelling, boolean skipSpecial, boolean beginning) {
    this.tokenizer = tokenizer;
    this.spelling = spelling;
    this.skipSpecial = skipSpecial;
    this.strip = beginning ? spelling.stripped() : 0;
  }

  /// @return the text that is sure now; empty while a character is not whole
  /// @throws IllegalArgumentException if the vocabulary has no such id
  public String push(int id) {
    tokenizer.requireId(id);
    if (skipSpecial && tokenizer.isSpecial(id)) {
      return "";
    }
    byte[] added = spelling.append(id, first, before);
    first = false;
    before = id;
    return decode(stripped(added), false);
  }

  /// What is still held back: at most one character that will never be whole, as U+FFFD.
  public String finish() {
    return decode(new byte[0], true);
  }

  private byte[] stripped(byte[] added) {
    int from = 0;
    while (strip > 0 && from < added.length) {
      if (added[from] != ' ') {
        strip = 0;
        break;
      }
      from++;
      strip--;
    }
    return from == 0 ? added : Arrays.copyOfRange(added, from, added.length);
  }

  private String decode(byte[] added, boolean all) {
    byte[] bytes = added;
    if (held.length > 0) {
      bytes = Arrays.copyOf(held, held.length + added.length);
      System.arraycopy(added, 0, bytes, held.length, added.length);
    }
    int sure = all ? bytes.length : bytes.length - unfinished(bytes);
    held = sure == bytes.length ? new byte[0] : Arrays.copyOfRange(bytes, sure, bytes.length);
    return new String(bytes, 0, sure, StandardCharsets.UTF_8);
  }

  /// How many bytes at the end are the beginning of a character that may still become whole. A
  /// beginning that no byte can complete (Unicode, table 3-7) is not held back.
  private static int unfinished(byte[] bytes) {
    for (int back = 1; back <= Math.min(3, bytes.length); back++) {
      int lead = bytes[bytes.length - back] & 0xFF;
      if (lead < 0x80) {
        return 0;
      }
      if (lead >= 0xC0) {
        int length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
        boolean possible = back == 1 || possible(lead, bytes[bytes.length - back + 1] & 0xFF);
        return back < length && possible ? back : 0;
      }
    }
    return 0;
  }

  private static boolean possible(int lead, int second) {
    int lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    int highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    return second >= lowest && second <= highest;
  }
}
