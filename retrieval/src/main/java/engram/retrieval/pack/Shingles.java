package engram.retrieval.pack;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// What two texts are compared by: their runs of `WIDTH` letters and digits, case folded, all else
/// left out, so that any script will do and neither layout nor punctuation counts.
///
/// The resemblance is that of Broder, "On the Resemblance and Containment of Documents", 1997: the
/// share of their shingles that two texts have in common. It is computed exactly; his sketches
/// (MinHash) estimate it for millions of texts, and a context has some tens.
///
/// Where we differ: two texts with other numbers, or the same in another order, do not resemble
/// each other at all. Two price lists or two versions of a contract differ in little else, and
/// showing one of them for both would answer from the wrong one.
///
/// @param hashes sorted, each once
/// @param numbers in order
// Nobody writes to the array.
@SuppressWarnings("ArrayRecordComponent")
record Shingles(int[] hashes, List<String> numbers) {
  private static final int WIDTH = 9;
  private static final int BASE = 0x01000193;
  private static final Pattern NUMBER = Pattern.compile("\\p{Nd}+");

  static Shingles of(String text) {
    int[] letters =
        text.toLowerCase(Locale.ROOT).codePoints().filter(Character::isLetterOrDigit).toArray();
    int width = Math.min(WIDTH, letters.length);
    int[] hashes = new int[letters.length - width + (width == 0 ? 0 : 1)];
    for (int start = 0; start < hashes.length; start++) {
      int hash = 0;
      for (int at = start; at < start + width; at++) {
        hash = hash * BASE + letters[at];
      }
      hashes[start] = hash;
    }
    int[] distinct = Arrays.stream(hashes).sorted().distinct().toArray();
    return new Shingles(
        distinct, NUMBER.matcher(text).results().map(number -> number.group()).toList());
  }

  /// In `[0, 1]`; 1 for texts of the same letters.
  double resemblance(Shingles other) {
    if (!numbers.equals(other.numbers)) {
      return 0;
    }
    int common = 0;
    int at = 0;
    for (int hash : hashes) {
      while (at < other.hashes.length && other.hashes[at] < hash) {
        at++;
      }
      common += at < other.hashes.length && other.hashes[at] == hash ? 1 : 0;
    }
    int all = hashes.length + other.hashes.length - common;
    return all == 0 ? 0 : (double) common / all;
  }
}
