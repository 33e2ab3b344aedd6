package engram.memory;

import java.util.UUID;

/// Keeps the episodes up with the logs. Where these were cut in another way than now (by another
/// segmenter or model, or with other settings) they are cut anew from their beginning.
public interface EpisodeKeeping {
  /// Reads some of what is new in one tenant's log and cuts the ends of its sessions anew. What was
  /// read and what it gave are one transaction, so a crash neither loses nor doubles an episode.
  ///
  /// @return whether there was something to read
  boolean segmentNext();

  /// Has all logs of a tenant cut anew, for what no name tells: a model of the same name with other
  /// weights. How far that has come is kept, so a crash costs one step.
  void cutAnew(UUID tenant);
}
