package engram.inference.kernel;

/// Which two numbers of a head are rotated together.
public enum RopeStyle {
  /// `i` and `i + rotary/2`: safetensors of all families, GGUF of most.
  HALVES(0),
  /// `2i` and `2i + 1`: GGUF of the Llama family, whose rows the converter permuted.
  PAIRS(1);

  final int id;

  RopeStyle(int id) {
    this.id = id;
  }
}
