package engram.inference.hub;

/// Told how a pull goes on. Called by the pulling thread; what it throws ends the pull, and what
/// has arrived stays for the next one.
@FunctionalInterface
public interface PullProgress {
  /// @param path of the file that is being fetched
  /// @param doneBytes of all files of the model
  /// @param totalBytes of all files of the model
  void at(String path, long doneBytes, long totalBytes);
}
