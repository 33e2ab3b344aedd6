package engram.memory.consolidate;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Fingerprints by which nearly equal texts are found without comparing all with all.
///
/// MinHash (Broder, Compression and Complexity of Sequences 1997): of each of 64 hash functions the
/// least value over a text's shingles of three words; two texts agree in one with the probability
/// of their Jaccard likeness `s`. In 8 bands of 8 (Indyk & Motwani, STOC 1998) they share a band
/// with `1 − (1 − s⁸)⁸`: .99 at .9, .92 at .85, .77 at .8, .03 at .5. What is found is then
/// compared as it is.
///
/// @param key mixed into every band, so that what is kept says nothing without it
record MinHash(long key) {
  static final int BANDS = 8;
  private static final int ROWS = 8;
  private static final int SHINGLE = 3;

  /// [#BANDS] values; none for no words.
  List<Long> bands(List<String> words) {
    Set<Long> shingles = shingles(words);
    if (shingles.isEmpty()) {
      return List.of();
    }
    List<Long> bands = new ArrayList<>();
    for (int band = 0; band < BANDS; band++) {
      long value = mix(key + band);
      for (int row = 0; row < ROWS; row++) {
        long seed = mix(0x9e3779b97f4a7c15L * (band * ROWS + row + 1));
        long least = Long.MAX_VALUE;
        for (long shingle : shingles) {
          least = Math.min(least, mix(shingle ^ seed));
        }
        value = mix(value ^ least);
      }
      bands.add(value);
    }
    return bands;
  }

  /// Hashes of each three words in a row, or of all words where there are fewer.
  static Set<Long> shingles(List<String> words) {
    Set<Long> shingles = new HashSet<>();
    int size = Math.min(SHINGLE, words.size());
    for (int from = 0; size > 0 && from + size <= words.size(); from++) {
      long hash = size;
      for (String word : words.subList(from, from + size)) {
        for (int at = 0; at < word.length(); at++) {
          hash = mix(hash ^ word.charAt(at));
        }
        hash = mix(hash + 0x632be59bd9b4e019L);
      }
      shingles.add(hash);
    }
    return shingles;
  }

  /// Share of what two have in common in what they have.
  static double jaccard(Collection<Long> one, Collection<Long> other) {
    Set<Long> both = new HashSet<>(one);
    both.retainAll(new HashSet<>(other));
    int all = new HashSet<>(one).size() + new HashSet<>(other).size() - both.size();
    return all == 0 ? 0 : (double) both.size() / all;
  }

  /// SplitMix64's finaliser (Steele, Lea & Flood, OOPSLA 2014).
  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
