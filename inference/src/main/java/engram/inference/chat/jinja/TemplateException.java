package engram.inference.chat.jinja;

/// A template that cannot be read, fails, refuses its input or costs too much. The message says
/// why, with the line where that is known.
public final class TemplateException extends RuntimeException {
  public TemplateException(String message) {
    super(message);
  }

  TemplateException(int line, String message) {
    super("line " + line + ": " + message);
  }

  TemplateException(int line, TemplateException cause) {
    super("line " + line + ": " + cause.getMessage(), cause);
  }
}
