package engram.api.cli;

/// A command line that cannot be meant. The message is a sentence for its user.
final class Misuse extends RuntimeException {
  private static final long serialVersionUID = 1L;

  Misuse(String message) {
    super(message);
  }
}
