package engram.inference.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// What a pass gives for the rows that were wanted. Valid until the model's next pass.
///
/// @param logits `[wanted, V]` floats; empty if only states were asked for
/// @param states `[wanted, C]` floats, after the final norm
public record Output(MemorySegment logits, MemorySegment states, int vocabulary, int width) {
  /// A copy of the scores of one wanted row.
  public float[] logits(int index) {
    return row(logits, index, vocabulary);
  }

  /// A copy of the state of one wanted row.
  public float[] state(int index) {
    return row(states, index, width);
  }

  private static float[] row(MemorySegment rows, int index, int width) {
    return rows.asSlice(4L * index * width, 4L * width).toArray(ValueLayout.JAVA_FLOAT);
  }
}
