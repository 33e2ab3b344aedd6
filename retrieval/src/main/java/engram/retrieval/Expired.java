package engram.retrieval;

import java.util.UUID;

/// A file or a collection whose time is over. It is there, and in use, until somebody deletes it.
public record Expired(UUID tenant, Kind kind, String id) {
  /// What it is.
  public enum Kind {
    FILE,
    COLLECTION
  }
}
