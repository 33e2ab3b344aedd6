package engram.inference.kernel;

/// Functions between the layers of a feed-forward block.
public enum Activation {
  /// `x / (1 + exp(-x))`.
  SILU(0),
  /// `x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2`. Hendrycks & Gimpel 2016.
  GELU_TANH(1),
  /// `x (1 + erf(x / sqrt 2)) / 2`.
  GELU(2),
  RELU(3),
  TANH(4);

  final int id;

  Activation(int id) {
    this.id = id;
  }
}
