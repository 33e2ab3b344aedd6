package engram.api.openai;

/// About how many tokens a text has, where the model's server says nothing: four characters of
/// ASCII are one, every other character is one of its own. Rather too many than too few.
public final class TokenEstimate {
  private static final int ASCII_CHARS_A_TOKEN = 4;

  private TokenEstimate() {}

  public static long of(CharSequence text) {
    long ascii = text.codePoints().filter(c -> c < 128).count();
    long others = text.codePoints().count() - ascii;
    return (ascii + ASCII_CHARS_A_TOKEN - 1) / ASCII_CHARS_A_TOKEN + others;
  }
}
