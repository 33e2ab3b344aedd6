package engram.inference.model;

import engram.inference.kernel.PackedWeights;
import engram.inference.kernel.Projection;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Weights of a linear layer, `[N, K]`, and its bias.
record Matrix(PackedWeights weights, @Nullable MemorySegment bias) {
  Projection to(MemorySegment y, long stride) {
    return new Projection(weights, y, stride, bias);
  }
}
