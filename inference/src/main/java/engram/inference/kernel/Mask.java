package engram.inference.kernel;

/// Which cached positions a query may see.
///
/// @param causal only positions up to the query's own
/// @param window how many positions back, its own included; 0: all. Where not causal, as many ahead
/// @param sinks first positions of the sequence that stay visible outside the window
public record Mask(boolean causal, int window, int sinks) {
  public static final Mask CAUSAL = new Mask(true, 0, 0);
  public static final Mask BIDIRECTIONAL = new Mask(false, 0, 0);

  public Mask {
    if (window < 0 || sinks < 0) {
      throw new IllegalArgumentException("window " + window + ", sinks " + sinks + " below 0");
    }
  }

  public static Mask slidingWindow(int window) {
    return new Mask(true, window, 0);
  }

  /// The definition; the kernels do the same by lanes.
  public boolean sees(int query, int position) {
    if (position < 0 || (causal && position > query)) {
      return false;
    }
    if (window == 0 || position < sinks) {
      return true;
    }
    // As longs: positions near the end of the range must not wrap.
    return position > (long) query - window && position < (long) query + window;
  }
}
