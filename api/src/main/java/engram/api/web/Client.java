package engram.api.web;

/// Who waits for an answer.
public interface Client {
  /// Whether it has gone.
  boolean cancelled();

  /// Runs when the client has gone, once, on whichever thread noticed; at once if it has already.
  void onCancel(Runnable action);
}
