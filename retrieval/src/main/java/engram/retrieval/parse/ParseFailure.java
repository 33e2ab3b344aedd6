package engram.retrieval.parse;

import org.jspecify.annotations.Nullable;

/// Ends the parsing of one file, or of one file inside it, with a reason. Never leaves the package.
final class ParseFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final FailureCode code;

  ParseFailure(FailureCode code, String message) {
    this(code, message, null);
  }

  ParseFailure(FailureCode code, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  FailureCode code() {
    return code;
  }

  ParseOutcome.Failed outcome() {
    return new ParseOutcome.Failed(code, String.valueOf(getMessage()));
  }
}
