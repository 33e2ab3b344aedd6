package engram.retrieval.parse;

/// Which output the parsers give. A stored extraction of another version is out of date.
public final class ParserVersion {
  /// Raised by one whenever the text or the blocks of any format change.
  public static final int CURRENT = 2;

  private ParserVersion() {}
}
