package engram.inference.model.config;

/// How fast the pairs of a head turn: pair `i` of `rotary / 2` by `base^(-2 i / rotary)` radians a
/// position, changed by what stretches a trained context.
public record RopeTable(double base, RopeScaling scaling) {
  public RopeTable {
    if (!(base > 1) || base > 1e12) {
      throw new IllegalArgumentException("rope base " + base + " not in 1..1e12");
    }
  }

  /// @param contextTokens the longest sequence that will be read: some scalings depend on it, and
  ///   keys that are cached must not change while a sequence grows
  public float[] inverseFrequencies(int rotary, int contextTokens) {
    double[] plain = frequencies(base, rotary);
    double[] scaled = scaling.scale(plain, base, contextTokens);
    float[] result = new float[scaled.length];
    for (int i = 0; i < scaled.length; i++) {
      result[i] = (float) scaled[i];
    }
    return result;
  }

  /// Factor on cosine and sine.
  public float magnitude() {
    return (float) scaling.magnitude();
  }

  static double[] frequencies(double base, int rotary) {
    double[] frequencies = new double[rotary / 2];
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = Math.pow(base, -2.0 * i / rotary);
    }
    return frequencies;
  }
}
