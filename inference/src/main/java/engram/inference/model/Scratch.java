package engram.inference.model;

import engram.inference.kernel.Projection;
import engram.inference.model.config.ModelConfig;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// The memory of a pass, for up to some number of rows.
///
/// Shapes: `x`, `h` `[T, C]`; `qkv` `[T, (H + 2 Hkv) D]`; `attended` `[T, H D]`; `inner` `[T, 2
/// F]`, gate and up side by side; `rotations` and `slidingRotations` `[T, rotary]`; `lse` `[T, H]`.
final class Scratch implements AutoCloseable {
  final int rows;
  final long qkvStride;
  final long innerStride;
  final MemorySegment x;
  final MemorySegment h;
  final MemorySegment qkv;
  final MemorySegment query;
  final MemorySegment key;
  final MemorySegment value;
  final MemorySegment attended;
  final MemorySegment gate;
  final MemorySegment up;
  final MemorySegment activated;
  final MemorySegment rotations;
  final MemorySegment slidingRotations;
  final MemorySegment lse;
  final MemorySegment positions;
  final Projection[][] attentionInputs;
  final Projection[][] feedForwardInputs;
  private final Arena arena = Arena.ofShared();

  Scratch(ModelConfig config, List<LayerWeights> layers, int rows) {
    this.rows = rows;
    long width = config.width();
    long headDim = config.attention().headDim();
    long queries = config.attention().heads() * headDim;
    long keys = config.attention().kvHeads() * headDim;
    long feedForward = config.feedForwardWidth();
    int rotary = config.rope() == null ? 0 : config.rope().rotary();
    qkvStride = queries + 2 * keys;
    innerStride = 2 * feedForward;
    x = floats(width);
    h = floats(width);
    qkv = floats(qkvStride);
    query = qkv;
    key = qkv.asSlice(4 * queries);
    value = qkv.asSlice(4 * (queries + keys));
    attended = floats(queries);
    gate = floats(innerStride);
    up = gate.asSlice(4 * feedForward);
    activated = floats(feedForward);
    rotations = floats(rotary);
    slidingRotations = floats(rotary);
    lse = floats(config.attention().heads());
    positions = floats(1);
    attentionInputs = new Projection[layers.size()][];
    feedForwardInputs = new Projection[layers.size()][];
    for (int i = 0; i < layers.size(); i++) {
      LayerWeights layer = layers.get(i);
      attentionInputs[i] =
          new Projection[] {
            layer.query().to(query, qkvStride),
            layer.key().to(key, qkvStride),
            layer.value().to(value, qkvStride)
          };
      Matrix gateWeights = layer.gate();
      feedForwardInputs[i] =
          gateWeights == null
              ? new Projection[] {layer.up().to(activated, feedForward)}
              : new Projection[] {
                gateWeights.to(gate, innerStride), layer.up().to(up, innerStride)
              };
    }
  }

  private MemorySegment floats(long columns) {
    return arena.allocate(Math.max(4L * rows * columns, 4), 64);
  }

  @Override
  public void close() {
    arena.close();
  }
}
