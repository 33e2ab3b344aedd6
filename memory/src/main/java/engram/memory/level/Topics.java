package engram.memory.level;

import engram.memory.index.Words;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Puts episodes to topics as they come: to the most alike, if it is alike enough, else a new topic
/// begins. Leader clustering (Hartigan, Clustering Algorithms, 1975) by the cosine of counted
/// words; the order is that of time, so the same episodes give the same topics.
final class Topics {
  private static final double LIKENESS_MIN = 0.2;

  /// So many episodes make a topic that is large enough; what comes then begins another one.
  static final int EPISODES_MAX = 64;

  /// A topic while episodes are put to it.
  static final class Topic {
    /// Of the topic's summary; null for one that begins now.
    final @Nullable Long id;

    final Map<String, Double> words;
    final List<Long> added = new ArrayList<>();
    int episodes;

    Topic(@Nullable Long id, int episodes, String text) {
      this.id = id;
      this.episodes = episodes;
      this.words = counted(text);
    }
  }

  private final List<Topic> open;

  Topics(List<Topic> open) {
    this.open = new ArrayList<>(open);
  }

  /// @return where it went
  Topic put(long episode, String text) {
    Map<String, Double> words = counted(text);
    @Nullable Topic best = null;
    double most = LIKENESS_MIN;
    for (Topic topic : open) {
      double likeness = topic.episodes < EPISODES_MAX ? cosine(words, topic.words) : 0;
      if (likeness >= most) {
        most = likeness;
        best = topic;
      }
    }
    if (best == null) {
      best = new Topic(null, 0, "");
      open.add(best);
    }
    Topic chosen = best;
    words.forEach((word, weight) -> chosen.words.merge(word, weight, Double::sum));
    chosen.added.add(episode);
    chosen.episodes++;
    return chosen;
  }

  /// Those that something was put to.
  List<Topic> changed() {
    return open.stream().filter(topic -> !topic.added.isEmpty()).toList();
  }

  private static Map<String, Double> counted(String text) {
    Map<String, Double> words = new HashMap<>();
    // Brackets hold dates, which everything has.
    Words.of(text.replaceAll("\\[[^\\]]*\\]", " "))
        .forEach(word -> words.merge(word, 1.0, Double::sum));
    return words;
  }

  private static double cosine(Map<String, Double> one, Map<String, Double> other) {
    double dot = 0;
    for (Map.Entry<String, Double> entry : one.entrySet()) {
      dot += entry.getValue() * other.getOrDefault(entry.getKey(), 0.0);
    }
    double norms = Math.sqrt(squares(one) * squares(other));
    return norms == 0 ? 0 : dot / norms;
  }

  private static double squares(Map<String, Double> words) {
    return words.values().stream().mapToDouble(value -> value * value).sum();
  }
}
