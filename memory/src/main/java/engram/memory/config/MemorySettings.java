package engram.memory.config;

import engram.memory.episode.SurpriseCuts.Refinement;
import engram.memory.level.LevelSettings;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// All settings of the memory room, under `engram.memory`.
///
/// @param keyFolder where the keys of subjects lie; `memory-keys` in the data folder unless it is
///   set. Several servers on one database share it
@ConfigurationProperties("engram.memory")
public record MemorySettings(
    @Nullable String keyFolder,
    @DefaultValue Episodes episodes,
    @DefaultValue Levels levels,
    @DefaultValue Facts facts) {
  public MemorySettings {
    if (keyFolder != null && keyFolder.isBlank()) {
      throw new IllegalArgumentException("engram.memory.key-folder is blank");
    }
  }

  /// What cuts sessions into episodes, between gaps.
  public enum Segmenter {
    /// `surprise` where there is a model for it, else `cohesion`.
    AUTO,
    COHESION,
    /// Every `size` events; a control.
    FIXED,
    /// As often as `fixed`, anywhere; a control.
    RANDOM,
    SURPRISE,
    /// Not at all.
    NONE
  }

  /// Who finds claims in what was said.
  public enum Extractor {
    PATTERNS,
    /// Patterns, and the [engram.memory.FactExtractor] that the room above brings: one call of a
    /// model for each event of a user.
    MODEL
  }

  /// Who writes summaries.
  public enum Writer {
    /// A model where one is configured, else `extractive`.
    AUTO,
    /// Sentences that were said.
    EXTRACTIVE
  }

  /// @param extractor another one reads all logs anew; what was found before stays
  public record Facts(@DefaultValue("patterns") Extractor extractor) {}

  /// See [LevelSettings].
  public record Levels(
      @DefaultValue("auto") Writer writer,
      @DefaultValue("400") int episodeChars,
      @DefaultValue("800") int topicChars,
      @DefaultValue("2048") int profileChars,
      @DefaultValue("1m") Duration quiet,
      @DefaultValue("4194304") long budgetBytes,
      @DefaultValue("30") double strengthDays) {
    LevelSettings checked() {
      return new LevelSettings(
          episodeChars, topicChars, profileChars, quiet, budgetBytes, strengthDays);
    }
  }

  /// Another one of these cuts all logs anew.
  ///
  /// @param gap as long a silence begins a new episode
  /// @param size events in an episode of `fixed`, 1 to 10,000
  /// @param gamma how many standard deviations above the mean a surprise is, for `surprise`
  /// @param refinement what a surprise's place is refined by, for `surprise`
  public record Episodes(
      @DefaultValue("auto") Segmenter segmenter,
      @DefaultValue("2h") Duration gap,
      @DefaultValue("8") int size,
      @DefaultValue("1.0") double gamma,
      @DefaultValue("modularity") Refinement refinement) {
    public Episodes {
      if (gap.isNegative() || gap.isZero()) {
        throw new IllegalArgumentException(
            "engram.memory.episodes.gap " + gap + " is not positive");
      }
      if (size < 1 || size > 10_000) {
        throw new IllegalArgumentException(
            "engram.memory.episodes.size " + size + " is not in [1, 10000]");
      }
      if (!Double.isFinite(gamma)) {
        throw new IllegalArgumentException("engram.memory.episodes.gamma is not finite");
      }
    }
  }
}
