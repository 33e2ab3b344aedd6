package engram.retrieval.ingest;

import engram.retrieval.ModelException;
import org.jspecify.annotations.Nullable;

/// A trouble that is not the document's and may pass.
final class Trouble extends RuntimeException {
  static final String EMBEDDING_FAILED = "embedding_failed";

  private static final long serialVersionUID = 1L;
  private final String code;

  Trouble(String code, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  String code() {
    return code;
  }

  /// Whether a model's server refuses this document's text, whenever it is asked.
  boolean isRefusal() {
    return getCause() instanceof ModelException refusal
        && refusal.code().equals("model_refused_request");
  }
}
