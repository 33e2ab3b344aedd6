package engram.inference.decode;

/// Philox4x32-10, random numbers by counter: Salmon, Moraes, Dror, Shaw, Parallel Random Numbers:
/// As Easy as 1, 2, 3, SC 2011, section 3.3.
///
/// The key is a request's seed and the counter a token's position, so a number depends on nothing
/// that was drawn before or beside it: a batch, a pause or a refused draft cannot shift it.
public final class Philox {
  private static final int ROUNDS = 10;
  private static final long MULTIPLIER_0 = 0xD2511F53L;
  private static final long MULTIPLIER_1 = 0xCD9E8D57L;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;
  private static final long WORD = 0xFFFFFFFFL;

  private Philox() {}

  /// A number in `[0, 1)` with 53 random bits.
  ///
  /// @param draw tells several numbers for one position apart
  public static double uniform(long seed, long position, int draw) {
    int[] words =
        block((int) position, (int) (position >>> 32), draw, 0, (int) seed, (int) (seed >>> 32));
    long bits = ((words[0] & WORD) << 32) | (words[1] & WORD);
    return (bits >>> 11) * 0x1.0p-53;
  }

  /// The four words for a counter of four words under a key of two.
  static int[] block(int c0, int c1, int c2, int c3, int k0, int k1) {
    for (int round = 0; round < ROUNDS; round++) {
      long product0 = MULTIPLIER_0 * (c0 & WORD);
      long product1 = MULTIPLIER_1 * (c2 & WORD);
      c0 = (int) (product1 >>> 32) ^ c1 ^ k0;
      c1 = (int) product1;
      c2 = (int) (product0 >>> 32) ^ c3 ^ k1;
      c3 = (int) product0;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    return new int[] {c0, c1, c2, c3};
  }
}
