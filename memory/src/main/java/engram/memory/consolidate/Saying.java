package engram.memory.consolidate;

import engram.memory.Event;
import engram.memory.index.Words;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// What an event says, so that it can be told whether another one says it too.
///
/// @param words all, folded
/// @param counted how often each word stands in it that is not grammar alone; denials are counted
record Saying(String speaker, List<String> words, Map<String, Integer> counted) {
  private static final double JACCARD_MIN = 0.85;

  /// Shorter ones mean what they answer to.
  private static final int WORDS_MIN = 6;

  /// Words of grammar that turn a sentence around; of the languages whose grammar is left out.
  private static final Set<String> DENIALS =
      Set.of(
          ("no not never none nor nothing neither without cannot nicht kein keine keinen keiner nie"
                  + " ohne ne pas jamais rien sans non nunca nada sin mai niente senza não nao sem"
                  + " niet geen nooit nu niciodata değil degil yok hiç không khong не нет ни без"
                  + " никогда δεν μην χωρις لا ليس لم لن नहीं न मत ไม่")
              .split(" "));

  static Saying of(Event event) {
    List<String> plain = List.copyOf(plain(event.text()));
    Map<String, Integer> counted = new HashMap<>();
    Words.of(event.text()).forEach(word -> counted.merge(word, 1, Integer::sum));
    for (String word : plain) {
      if (DENIALS.contains(word) || word.endsWith("n't") || word.endsWith("n’t")) {
        counted.merge("¬" + word, 1, Integer::sum);
      }
    }
    return new Saying(event.speaker(), plain, counted);
  }

  private static List<String> plain(String text) {
    List<String> words = new ArrayList<>();
    Collections.addAll(
        words, text.toLowerCase(Locale.ROOT).strip().split("[^\\p{L}\\p{M}\\p{N}'’]+"));
    words.removeIf(String::isEmpty);
    return words;
  }

  /// Whether it is long enough to be compared at all.
  boolean isComparable() {
    return words.size() >= WORDS_MIN;
  }

  /// Whether this says all that the other says, as often and with its denials, in nearly the same
  /// order of words, by the same speaker. Then the other can be left out beside this.
  boolean covers(Saying other) {
    return speaker.equals(other.speaker)
        && has(other.counted)
        && denials(counted).equals(denials(other.counted))
        && MinHash.jaccard(MinHash.shingles(words), MinHash.shingles(other.words)) >= JACCARD_MIN;
  }

  private boolean has(Map<String, Integer> others) {
    return others.entrySet().stream()
        .allMatch(word -> counted.getOrDefault(word.getKey(), 0) >= word.getValue());
  }

  private static Map<String, Integer> denials(Map<String, Integer> counted) {
    Map<String, Integer> denials = new HashMap<>(counted);
    denials.keySet().removeIf(word -> !word.startsWith("¬"));
    return denials;
  }

  boolean isSameAs(Saying other) {
    return counted.equals(other.counted);
  }
}
