package engram.memory.episode;

import engram.memory.Event;
import engram.memory.index.Words;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// How alike texts are by their words: cosine of counts weighed by how few of the texts have the
/// word (`ln(1 + n / df)`).
final class Likeness {
  private final List<Map<String, Double>> vectors = new ArrayList<>();

  Likeness(List<Event> events) {
    List<Map<String, Integer>> counts = new ArrayList<>();
    Map<String, Integer> having = new HashMap<>();
    for (Event event : events) {
      Map<String, Integer> count = new HashMap<>();
      Words.of(event.text()).forEach(word -> count.merge(word, 1, Integer::sum));
      count.keySet().forEach(word -> having.merge(word, 1, Integer::sum));
      counts.add(count);
    }
    for (Map<String, Integer> count : counts) {
      Map<String, Double> vector = new HashMap<>();
      count.forEach((word, times) -> {
        double few = Math.log(1 + (double) events.size() / having.getOrDefault(word, 1));
        vector.put(word, times * few);
      });
      vectors.add(vector);
    }
  }

  int size() {
    return vectors.size();
  }

  /// In `[0, 1]`; 0 where one has no words.
  double of(int one, int other) {
    return cosine(vectors.get(one), vectors.get(other));
  }

  /// Of the texts in `[from, middle)` as one with those in `[middle, to)` as one.
  double across(int from, int middle, int to) {
    return cosine(sum(from, middle), sum(middle, to));
  }

  private Map<String, Double> sum(int from, int to) {
    Map<String, Double> sum = new HashMap<>();
    for (int at = from; at < to; at++) {
      vectors.get(at).forEach((word, weight) -> sum.merge(word, weight, Double::sum));
    }
    return sum;
  }

  private static double cosine(Map<String, Double> one, Map<String, Double> other) {
    Map<String, Double> smaller = one.size() <= other.size() ? one : other;
    Map<String, Double> larger = one.size() <= other.size() ? other : one;
    double dot = 0;
    for (Map.Entry<String, Double> entry : smaller.entrySet()) {
      dot += entry.getValue() * larger.getOrDefault(entry.getKey(), 0.0);
    }
    double norms = norm(one) * norm(other);
    return norms == 0 ? 0 : dot / norms;
  }

  private static double norm(Map<String, Double> vector) {
    double squares = 0;
    for (double weight : vector.values()) {
      squares += weight * weight;
    }
    return Math.sqrt(squares);
  }
}
