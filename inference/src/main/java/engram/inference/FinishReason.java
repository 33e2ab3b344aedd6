package engram.inference;

/// Why an output ended.
public enum FinishReason {
  /// The model ended it, or a stop string came.
  STOP,
  /// It has as many tokens as were asked for, or as the model's context or the cache can hold.
  LENGTH,
  CANCELLED,
  DEADLINE,
  /// The request could not be computed; the message says why.
  FAILED
}
