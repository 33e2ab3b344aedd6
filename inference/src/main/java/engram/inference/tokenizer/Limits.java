package engram.inference.tokenizer;

/// What a tokenizer's file may ask for. The largest vocabularies today have some 260,000 tokens.
final class Limits {
  static final int MAX_FILE_BYTES = 256 << 20;
  static final int MAX_TOKENS = 4 << 20;
  static final int MAX_MERGES = 8 << 20;
  static final int MAX_TOKEN_CHARACTERS = 64 << 10;
  static final int MAX_VOCABULARY_CHARACTERS = 256 << 20;
  static final int MAX_ADDED_TOKEN_CHARACTERS = 512;
  static final int MAX_STEPS = 64;
  static final int MAX_TEXT_CHARACTERS = 64 << 20;

  private Limits() {}

  static void check(String what, long value, long max) {
    if (value < 0 || value > max) {
      throw new TokenizerFileException(what + " " + value + " is not within 0 to " + max);
    }
  }
}
