package engram.memory;

/// Keeps the episodes up with the logs.
public interface EpisodeKeeping {
  /// Reads some of what is new in one tenant's log and cuts the ends of its sessions anew. What was
  /// read and what it gave are one transaction, so a crash neither loses nor doubles an episode.
  ///
  /// @return whether there was something to read
  boolean segmentNext();
}
