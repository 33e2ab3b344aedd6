package engram.inference.model.config;

/// How the tokens' states become a text's vector.
public enum Pooling {
  /// The mean of all tokens.
  MEAN,
  /// The first token's, which BERT calls CLS.
  FIRST,
  /// The last token's.
  LAST,
  /// The largest of all tokens, number by number.
  MAX
}
