package engram.memory;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What was said, compressed in levels: turns (the log's events), episodes, topics, and one profile
/// per place. The log is untouched by it: a summary that is dropped can be made again.
///
/// A place's summaries stay within a budget of bytes. What is over it loses first what is least
/// likely to be remembered: `R = exp(−t / S)`, Ebbinghaus's curve as in MemoryBank (arXiv
/// 2305.10250), with `t` the days since it was last recalled (or made) and `S` growing with each
/// recall. A text is shortened before any is dropped, and both are written down.
///
/// Threads: any.
public interface LevelBank {
  int PAGE_MAX = 1_000;

  /// From what was said to what is known of someone.
  enum Level {
    TURN,
    EPISODE,
    TOPIC,
    PROFILE;

    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    /// @throws IllegalArgumentException naming what is possible
    public static Level of(String text) {
      for (Level level : values()) {
        if (level.text().equals(text)) {
          return level;
        }
      }
      throw new IllegalArgumentException(
          "level '" + text + "' is none of turn, episode, topic, profile");
    }
  }

  /// How much of a summary is left.
  enum State {
    FULL,
    /// Its first sentence.
    BRIEF,
    /// Nothing but the fact that it was there.
    DROPPED
  }

  /// A summary.
  ///
  /// @param text empty once it is dropped
  /// @param writer who wrote it
  /// @param sources numbers of the events of an episode; ids of the episodes' summaries of a topic,
  ///   of the topics' of a profile
  /// @param retention how likely it is still remembered, in `[0, 1]`
  record Summary(
      long id,
      MemoryScope place,
      Level level,
      String text,
      String writer,
      State state,
      List<Long> sources,
      Instant from,
      Instant to,
      Instant madeAt,
      int recalls,
      double retention) {
    public Summary {
      sources = List.copyOf(sources);
    }

    /// What showing it costs, by the estimate of [Recall#tokens].
    public int tokens() {
      return (text.length() + 3) / 4;
    }
  }

  /// @param next the `after` of the next page; null on the last
  record Page(List<Summary> items, @Nullable Long next) {
    public Page {
      items = List.copyOf(items);
    }
  }

  /// @param bytes as kept, encrypted
  record Size(Level level, long items, long bytes) {}

  /// What the budget took.
  ///
  /// @param bytes that it freed
  record Demotion(
      long summary, Level level, State from, State to, double retention, int bytes, Instant at) {}

  /// How a level grew on one day, of what is still there: what was written down, less what the
  /// budget took.
  ///
  /// @param day in UTC
  record Growth(LocalDate day, Level level, long bytes) {}

  /// @param budgetBytes of one place's summaries
  /// @param usedBytes of the fullest place in the scope
  /// @param strengthDays `S` of what was never recalled
  /// @param growth by day; the sums of all days are the levels' sizes
  /// @param demotions the latest, latest first
  record Sizes(
      List<Size> levels,
      long budgetBytes,
      long usedBytes,
      double strengthDays,
      List<Growth> growth,
      List<Demotion> demotions) {
    public Sizes {
      levels = List.copyOf(levels);
      growth = List.copyOf(growth);
      demotions = List.copyOf(demotions);
    }
  }

  /// Summaries of one level in the order of their numbers.
  ///
  /// @param level not `TURN`: turns are read from the log
  /// @param after that id and smaller ones are left out; 0 for none
  Page read(MemoryScope scope, Level level, long after, int limit);

  Sizes sizes(MemoryScope scope);
}
