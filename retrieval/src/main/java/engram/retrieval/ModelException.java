package engram.retrieval;

/// The model did not answer: a failure of its server, never of the documents.
public final class ModelException extends RuntimeException {
  private final String code;

  /// @param code stable: `model_unreachable`, `model_timeout`, `model_failed` or
  ///   `model_empty_answer`
  public ModelException(String code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  public ModelException(String code, String message) {
    super(message);
    this.code = code;
  }

  public String code() {
    return code;
  }
}
