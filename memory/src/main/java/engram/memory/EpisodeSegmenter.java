package engram.memory;

import java.util.List;

/// Cuts a stretch of events that nothing hard divides into episodes.
///
/// Threads: any; the same events give the same cuts.
public interface EpisodeSegmenter {
  /// As reports name it, with all that its cuts depend on: under another name the logs are cut
  /// anew.
  String name();

  /// Where new episodes begin, as indexes into the events.
  ///
  /// @param events of one session, in order, without a gap of time or an open tool call where the
  ///   caller would cut anyway
  /// @return ascending, each in `[1, events.size())`
  List<Integer> cuts(List<Event> events);
}
