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
/// @param telling numbers and words that deny, in order: a text that differs in one says another
///   thing, however much of it is the same
// Nobody writes to the array.
@SuppressWarnings("ArrayRecordComponent")
record Shingles(int[] hashes, List<String> telling) {
  private static final int WIDTH = 9;
  private static final int BASE = 0x01000193;

  /// Turkish, Japanese and Korean deny with a part of the verb, Chinese, Japanese and Thai write no
  /// spaces; there a character that denies counts wherever it stands, sometimes in a word that does
  /// not: then two texts are shown where one would do.
  private static final Pattern TELLING =
      Pattern.compile(
          "\\p{Nd}+|n['’]t\\b|\\b(?:not|no|never|nor|cannot|without|except|unless"
              + "|nicht|kein\\w*|nie|niemals|ohne|pas|jamais|aucune?|sans|nunca|jamás|sin|não|nem|sem"
              + "|non|mai|senza|niet|geen|nooit|zonder|nu|fără|не|нет|ни|без|δεν|μην|değil|yok|asla|hiç|không|chưa|chẳng|đừng|لا|لم|لن|ليس|ليست|غير|بدون|नहीं|नही|मत|न|ना|बिना|안)\\b"
              + "|\\b\\p{L}{2,}m[ae](?:z|mek|mak|yecek|yacak|di|dı|miş|mış|meli|malı|yin|yın|den|dan)\\p{L}*"
              + "|\\b\\p{L}{2,}m[iıuü]yor\\p{L}*"
              + "|[不没沒無无未非勿别別]|ない|なかっ|なし|ません|않|없|못|아니|ไม่|มิได้|ห้าม|อย่า",
          Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE | Pattern.UNICODE_CHARACTER_CLASS);

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
        distinct,
        TELLING
            .matcher(text)
            .results()
            .map(found -> found.group().toLowerCase(Locale.ROOT))
            .toList());
  }

  /// In `[0, 1]`; 1 for texts of the same letters.
  double resemblance(Shingles other) {
    if (!telling.equals(other.telling)) {
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
