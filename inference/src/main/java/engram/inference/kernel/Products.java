package engram.inference.kernel;

/// Products with packed weights, for [JavaBackend]: [Backend#matmul] in plain Java or by the Vector
/// API.
interface Products {
  /// As [Backend#matmul].
  void matmul(
      PackedWeights weights,
      int first,
      int last,
      long x,
      long scales,
      long sums,
      int tokens,
      long y,
      long yStride,
      long bias);
}
