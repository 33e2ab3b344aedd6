package engram.inference.kernel;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// One of the products that share their activations: `y[t, n] = sum_k w[n, k] x[t, k] + bias[n]`.
///
/// @param y floats; row `t` begins at `t yStride`
/// @param yStride floats between rows, at least the rows of the weights
/// @param bias `[N]`, or null
public record Projection(
    PackedWeights weights, MemorySegment y, long yStride, @Nullable MemorySegment bias) {
  public Projection {
    if (yStride < weights.rows()) {
      throw new IllegalArgumentException("yStride " + yStride + " < rows " + weights.rows());
    }
    if (bias != null && bias.byteSize() < 4L * weights.rows()) {
      throw new IllegalArgumentException(
          "bias of " + bias.byteSize() / 4 + " floats for " + weights.rows() + " rows");
    }
  }

  public Projection(PackedWeights weights, MemorySegment y) {
    this(weights, y, weights.rows(), null);
  }

  long biasAddress() {
    return bias == null ? 0 : RawMemory.address("bias", bias, 4L * weights.rows());
  }
}
