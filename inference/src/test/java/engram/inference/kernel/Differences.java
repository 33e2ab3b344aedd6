package engram.inference.kernel;

/// Comparisons that a NaN does not pass.
public final class Differences {
  private Differences() {}

  public static void within(double actual, double expected, double tolerance, String where) {
    if (!(Math.abs(actual - expected) <= tolerance)) {
      throw new AssertionError(
          where + ": " + actual + " for " + expected + ", more than " + tolerance + " apart");
    }
  }
}
