package engram.inference;

/// Which requests go first. Between classes the higher always goes first; tenants share fairly
/// within a class.
public enum Priority {
  /// Waits for everything else.
  BATCH,
  NORMAL,
  /// Somebody is looking at it.
  INTERACTIVE
}
