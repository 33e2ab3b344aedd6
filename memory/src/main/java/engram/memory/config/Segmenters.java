package engram.memory.config;

import engram.memory.EpisodeSegmenter;
import engram.memory.Surprise;
import engram.memory.config.MemorySettings.Segmenter;
import engram.memory.episode.CohesionCuts;
import engram.memory.episode.FixedSize;
import engram.memory.episode.RandomCuts;
import engram.memory.episode.SurpriseCuts;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Which segmenter the settings mean.
final class Segmenters {
  private static final int SURPRISE_WINDOW = 64;
  private static final long SEED = 4_711;
  private static final EpisodeSegmenter COHESION = new CohesionCuts(3, 0.5, 3);

  private Segmenters() {}

  /// @param surprise null where no model says it
  static EpisodeSegmenter of(MemorySettings.Episodes settings, @Nullable Surprise surprise) {
    return switch (settings.segmenter()) {
      case AUTO -> surprise == null ? COHESION : bySurprise(surprise, settings);
      case COHESION -> COHESION;
      case FIXED -> new FixedSize(settings.size());
      case RANDOM -> new RandomCuts(new FixedSize(settings.size()), SEED);
      case NONE -> new FixedSize(Integer.MAX_VALUE);
      case SURPRISE -> {
        if (surprise == null) {
          throw new IllegalStateException(
              "engram.memory.episodes.segmenter is surprise, and no model says how surprised it is;"
                  + " use "
                  + Segmenter.AUTO.name().toLowerCase(Locale.ROOT));
        }
        yield bySurprise(surprise, settings);
      }
    };
  }

  private static EpisodeSegmenter bySurprise(Surprise surprise, MemorySettings.Episodes settings) {
    return new SurpriseCuts(surprise, settings.gamma(), SURPRISE_WINDOW, settings.refinement());
  }
}
