package engram.api.cli;

/// A command cannot go on. The message is the whole of what its user sees.
final class CommandException extends RuntimeException {
  CommandException(String message) {
    super(message);
  }
}
