package engram.inference.kernel;

/// [Activation] in Java.
final class Activations {
  private static final double SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

  private Activations() {}

  static float apply(Activation f, float x) {
    return (float)
        switch (f) {
          case SILU -> x / (1 + Math.exp(-(double) x));
          case GELU_TANH -> geluTanh(x);
          case GELU -> 0.5 * x * (1 + erf(x / Math.sqrt(2)));
          case RELU -> Math.max(x, 0f);
          case TANH -> Math.tanh(x);
        };
  }

  private static double geluTanh(double x) {
    return 0.5 * x * (1 + Math.tanh(SQRT_2_OVER_PI * (x + 0.044715 * x * x * x)));
  }

  /// The error function: its Taylor series near zero, and Lentz's continued fraction for the
  /// complement beyond; about 1e-15.
  static double erf(double x) {
    double a = Math.abs(x);
    if (Double.isNaN(x)) {
      return x;
    }
    if (a > 6) {
      return Math.signum(x);
    }
    if (a < 2.5) {
      double term = x;
      double sum = x;
      for (int n = 1; n < 80; n++) {
        term *= -x * x / n;
        double add = term / (2 * n + 1);
        sum += add;
        if (Math.abs(add) < 1e-17 * Math.abs(sum)) {
          break;
        }
      }
      return 2 / Math.sqrt(Math.PI) * sum;
    }
    double fraction = 0;
    for (int n = 60; n >= 1; n--) {
      fraction = n / 2.0 / (a + fraction);
    }
    double complement = Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction);
    return Math.signum(x) * (1 - complement);
  }
}
