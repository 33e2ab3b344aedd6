package engram.memory;

import java.time.Instant;
import java.util.List;

/// Says in few words what many say. Asked in the background, never while something is written.
///
/// Threads: any.
public interface Summariser {
  /// As settings and reports name it; under another name all levels are written anew.
  String name();

  /// What is to be summarised.
  ///
  /// @param before the state so far, for a profile; empty for none
  /// @param sources in order of time, at least one
  /// @param charsMax what is longer is cut by the caller
  record Request(LevelBank.Level level, String before, List<Source> sources, int charsMax) {
    public Request {
      sources = List.copyOf(sources);
      if (sources.isEmpty() || charsMax < 1) {
        throw new IllegalArgumentException(
            "%d sources for %d characters".formatted(sources.size(), charsMax));
      }
    }
  }

  /// One piece of what happened, or a summary of several.
  ///
  /// @param speaker who says it; empty for a summary
  record Source(Instant at, String speaker, String text) {}

  /// @return the text; lines are kept
  /// @throws engram.retrieval.ModelException if a model stands behind it and fails; the caller then
  ///   writes an extract
  String summarise(Request request);
}
