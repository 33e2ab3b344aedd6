package engram.memory.recall;

import engram.memory.RecallWeights;
import engram.memory.index.Candidate;
import engram.memory.index.EventSearch.Spot;
import engram.memory.index.Found;
import engram.memory.index.Question.Interval;
import engram.retrieval.Explanation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The score of every spot that a match reaches, as a sum of parts.
///
/// `words_i = s_i / unit`, `neighbours_i = Σ_d w_d (s_{i−d} + s_{i+d}) / unit` within a session,
/// `session_i = w · S / max S` and `episode_i = w · E / max E`, where `s` is BM25 of an event, `S`
/// of its session as one text, `E` the sum over the events of its episode, and `unit` the greatest
/// `s_i
/// + Σ_d w_d (s_{i−d} + s_{i+d})`. The neighbour kernel is the contiguity of EM-LLM (arXiv
///   2407.09450, its second buffer) as a weight instead of a share of places.
final class Scores {
  /// Better events of a session that count; those far down are not told apart by it.
  private static final int SPREAD_MAX = 10;

  private final RecallWeights weights;
  private final Map<Spot, Entry> entries = new HashMap<>();
  private final Borders episodes;
  private final List<Interval> times;
  private final double evenness;
  private final Instant now;
  private final double unit;

  /// What is known of a spot.
  static final class Entry {
    final Spot spot;
    @Nullable Candidate candidate;
    double words;
    double neighbours;
    double session;
    double episode;
    double hop;
    double spread;
    double likeness;
    private double fixed;

    Entry(Spot spot) {
      this.spot = spot;
    }

    /// Without what it loses to better ones of its session.
    double merit() {
      return words + neighbours + session + episode + hop + fixed;
    }

    double score() {
      return merit() - spread;
    }

    long seq() {
      return candidate == null ? -1 : candidate.seq();
    }
  }

  /// Best first; among equals the later event, which is what holds now where both say what is so.
  static final Comparator<Entry> BEST =
      Comparator.comparingDouble(Entry::score)
          .thenComparingLong(Entry::seq)
          .reversed()
          .thenComparingLong(entry -> entry.spot.session())
          .thenComparingInt(entry -> entry.spot.position());

  /// @param episodes where the episodes of the candidates' sessions begin; may lack some
  Scores(Found found, RecallWeights weights, Borders episodes, List<Interval> times, Instant now) {
    this.weights = weights;
    this.episodes = episodes;
    this.times = times;
    this.now = now;
    for (Candidate candidate : found.candidates()) {
      Entry entry = entry(new Spot(candidate.session(), candidate.position()));
      entry.candidate = candidate;
      entry.words = candidate.words();
      entry.likeness = candidate.likeness();
    }
    for (Candidate candidate : found.candidates()) {
      lend(candidate, 1, weights.near());
      lend(candidate, 2, weights.far());
    }
    double most =
        entries.values().stream()
            .mapToDouble(entry -> entry.words + entry.neighbours)
            .max()
            .orElse(0);
    unit = most > 0 ? most : 1;
    double mostOfSessions =
        found.sessions().values().stream().mapToDouble(Double::doubleValue).max().orElse(0);
    evenness = evenness(found.sessions().values());
    Map<Long, Double> wholes = wholes(found);
    double mostOfEpisodes =
        wholes.values().stream().mapToDouble(Double::doubleValue).max().orElse(0);
    for (Entry entry : entries.values()) {
      if (mostOfEpisodes > 0) {
        double whole = wholes.getOrDefault(episodes.at(entry.spot), 0.0);
        entry.episode = weights.episode() * whole / mostOfEpisodes;
      }
      entry.words /= unit;
      entry.neighbours /= unit;
      if (mostOfSessions > 0) {
        double session = found.sessions().getOrDefault(entry.spot.session(), 0.0);
        entry.session = weights.session() * session / mostOfSessions;
      }
      fix(entry);
    }
  }

  /// How near the second best session comes to the best, squared: 1 where evidence may lie in
  /// several, 0 where there is one.
  private static double evenness(Collection<Double> sessions) {
    double best = 0;
    double second = 0;
    for (double session : sessions) {
      second = Math.max(second, Math.min(best, session));
      best = Math.max(best, session);
    }
    return best > 0 ? second * second / (best * best) : 0;
  }

  /// What the candidates of each episode come to together.
  private Map<Long, Double> wholes(Found found) {
    Map<Long, Double> wholes = new HashMap<>();
    if (weights.episode() > 0) {
      for (Candidate candidate : found.candidates()) {
        long episode = episodes.at(new Spot(candidate.session(), candidate.position()));
        if (episode != Borders.NONE) {
          wholes.merge(episode, candidate.words(), Double::sum);
        }
      }
    }
    return wholes;
  }

  /// Takes from each event for every better one of its session, so that no session crowds out the
  /// others. To be called when nothing else changes any more.
  void spread() {
    if (weights.spread() == 0 || evenness == 0) {
      return;
    }
    Map<Long, Integer> better = new HashMap<>();
    for (Entry entry : ranked()) {
      if (entry.candidate != null) {
        int before = better.merge(entry.spot.session(), 1, Integer::sum) - 1;
        entry.spread = weights.spread() * evenness * Math.min(before, SPREAD_MAX);
      }
    }
  }

  private Entry entry(Spot spot) {
    return entries.computeIfAbsent(spot, Entry::new);
  }

  private void lend(Candidate candidate, int distance, double weight) {
    if (weight > 0 && candidate.words() > 0) {
      Spot spot = new Spot(candidate.session(), candidate.position());
      lend(spot, candidate.position() + distance, weight * candidate.words());
      if (candidate.position() >= distance) {
        lend(spot, candidate.position() - distance, weight * candidate.words());
      }
    }
  }

  private void lend(Spot from, int position, double value) {
    Spot to = new Spot(from.session(), position);
    double part = episodes.at(from) == episodes.at(to) ? 1 : weights.across();
    if (part > 0) {
      entry(to).neighbours += part * value;
    }
  }

  /// What depends on the event alone; nothing while it is not known.
  private void fix(Entry entry) {
    entry.fixed = 0;
    for (Explanation part : eventParts(entry)) {
      entry.fixed += part.value();
    }
  }

  private List<Explanation> eventParts(Entry entry) {
    List<Explanation> parts = new ArrayList<>();
    Candidate candidate = entry.candidate;
    if (candidate == null) {
      return parts;
    }
    add(parts, "speaker", candidate.isSpeaker() ? weights.speaker() : 0);
    boolean inTime = times.stream().anyMatch(time -> time.has(candidate.at()));
    add(parts, "time", inTime ? weights.time() : 0);
    add(parts, "meaning", weights.vector() * Math.max(0, entry.likeness));
    double days = Math.max(0, (now.getEpochSecond() - candidate.at()) / 86_400.0);
    add(parts, "recency", weights.recency() * Math.pow(0.5, days / weights.recencyDays()));
    add(parts, "importance", weights.importance() * (2 * candidate.importance() - 1));
    return parts;
  }

  private static void add(List<Explanation> parts, String label, double value) {
    if (value != 0) {
      parts.add(new Explanation(label, value, List.of()));
    }
  }

  /// All spots, best first. Those without a candidate are not known to exist.
  List<Entry> ranked() {
    return entries.values().stream().sorted(BEST).toList();
  }

  /// Says what lies at a spot.
  void settle(Entry entry, Candidate candidate) {
    entry.candidate = candidate;
    fix(entry);
  }

  /// Adds what a seed's own words find: `w · score of the seed · s / max s`, the best of all seeds.
  void hop(double seedScore, Found found, Candidate seed) {
    double most = found.candidates().stream().mapToDouble(Candidate::words).max().orElse(0);
    for (Candidate candidate : found.candidates()) {
      if (candidate.seq() != seed.seq() && most > 0) {
        Entry entry = entry(new Spot(candidate.session(), candidate.position()));
        if (entry.candidate == null) {
          settle(entry, candidate);
        }
        entry.hop = Math.max(entry.hop, weights.hop() * seedScore * candidate.words() / most);
      }
    }
  }

  Explanation explain(Entry entry) {
    List<Explanation> parts = new ArrayList<>();
    add(parts, "words", entry.words);
    add(parts, "neighbours", entry.neighbours);
    add(parts, "session", entry.session);
    add(parts, "episode", entry.episode);
    add(parts, "hop", entry.hop);
    add(parts, "spread", -entry.spread);
    parts.addAll(eventParts(entry));
    return new Explanation("recall", entry.score(), parts);
  }
}
