package engram.memory;

import java.util.List;

/// Finds claims in what was said. A model can stand behind it; then it runs in the background,
/// never while something is written.
///
/// Threads: any.
public interface FactExtractor {
  /// Kept with what was learnt: under another name the log is read anew.
  String name();

  /// Claims that an event makes, each with a span of its text as evidence. What has none, or quotes
  /// what is not there, is dropped by the caller.
  ///
  /// @throws RuntimeException if it cannot be said now; the event is asked about again then
  List<FactDraft> extract(Event event);
}
