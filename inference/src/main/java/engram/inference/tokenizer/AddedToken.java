package engram.inference.tokenizer;

/// A token that is found in a text before anything else is done to it.
///
/// @param content never empty
/// @param special found only where special tokens are asked for; left out when those are skipped
/// @param singleWord found only between characters that are no letters, digits or underscores
/// @param leftStrip takes the white space before it along
/// @param rightStrip takes the white space behind it along
/// @param normalized looked for in the normalised text, and normalised itself
public record AddedToken(
    int id,
    String content,
    boolean special,
    boolean singleWord,
    boolean leftStrip,
    boolean rightStrip,
    boolean normalized) {
  public AddedToken {
    if (content.isEmpty() || content.length() > Limits.MAX_ADDED_TOKEN_CHARACTERS) {
      throw new TokenizerFileException(
          "added token "
              + id
              + " has "
              + content.length()
              + " characters, not 1 to "
              + Limits.MAX_ADDED_TOKEN_CHARACTERS);
    }
  }

  public static AddedToken special(int id, String content) {
    return new AddedToken(id, content, true, false, false, false, false);
  }

  public static AddedToken plain(int id, String content) {
    return new AddedToken(id, content, false, false, false, false, false);
  }
}
