package engram.inference.decode.grammar;

/// A schema, expression or grammar that cannot be followed; the message names what and where.
public final class GrammarException extends IllegalArgumentException {
  public GrammarException(String message) {
    super(message);
  }
}
