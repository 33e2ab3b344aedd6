package engram.inference.model;

import engram.inference.model.config.Pooling;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// From the states of a text's tokens to one vector.
final class TextVector {
  private TextVector() {}

  /// @param states `[T, C]` floats; the text's rows are `first..first + count - 1`
  static float[] of(
      Pooling pooling, boolean normalize, MemorySegment states, int first, int count, int width) {
    float[] vector =
        switch (pooling) {
          case FIRST -> row(states, first, width);
          case LAST -> row(states, first + count - 1, width);
          case MEAN -> mean(states, first, count, width);
          case MAX -> max(states, first, count, width);
        };
    if (normalize) {
      normalize(vector);
    }
    return vector;
  }

  private static float[] row(MemorySegment states, int row, int width) {
    return states.asSlice(4L * row * width, 4L * width).toArray(ValueLayout.JAVA_FLOAT);
  }

  private static float[] mean(MemorySegment states, int first, int count, int width) {
    double[] sums = new double[width];
    for (int row = first; row < first + count; row++) {
      for (int i = 0; i < width; i++) {
        sums[i] += states.getAtIndex(ValueLayout.JAVA_FLOAT, (long) row * width + i);
      }
    }
    float[] mean = new float[width];
    for (int i = 0; i < width; i++) {
      mean[i] = (float) (sums[i] / count);
    }
    return mean;
  }

  private static float[] max(MemorySegment states, int first, int count, int width) {
    float[] most = row(states, first, width);
    for (int row = first + 1; row < first + count; row++) {
      for (int i = 0; i < width; i++) {
        float value = states.getAtIndex(ValueLayout.JAVA_FLOAT, (long) row * width + i);
        most[i] = Math.max(most[i], value);
      }
    }
    return most;
  }

  private static void normalize(float[] vector) {
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    // As PyTorch's normalize: a vector of nothing stays one.
    double length = Math.max(Math.sqrt(squares), 1e-12);
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) (vector[i] / length);
    }
  }
}
