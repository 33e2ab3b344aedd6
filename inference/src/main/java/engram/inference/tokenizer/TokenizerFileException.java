package engram.inference.tokenizer;

/// A tokenizer's file that cannot be used: damaged, out of bounds, or of a kind that is not known.
/// The message says what and where.
public final class TokenizerFileException extends RuntimeException {
  public TokenizerFileException(String message) {
    super(message);
  }

  public TokenizerFileException(String message, Throwable cause) {
    super(message, cause);
  }
}
