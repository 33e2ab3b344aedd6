package engram.inference.tensor;

import java.lang.foreign.MemorySegment;
import java.util.List;

/// A named array of numbers as a file holds it; nothing is copied.
///
/// @param shape outermost first; the last dimension is contiguous, and a whole number of blocks
/// @param data just the bytes of all elements; need not be aligned
public record Tensor(String name, ElementType type, List<Long> shape, MemorySegment data) {
  public Tensor {
    shape = List.copyOf(shape);
    long elements = 1;
    for (long size : shape) {
      if (size < 1) {
        throw new IllegalArgumentException(name + " has the shape " + shape);
      }
      elements = Math.multiplyExact(elements, size);
    }
    if (shape.isEmpty() || shape.getLast() % type.blockElements() != 0) {
      throw new IllegalArgumentException(
          name + ": rows of " + shape + " are no whole number of blocks of " + type);
    }
    if (data.byteSize() != type.bytes(elements)) {
      throw new IllegalArgumentException(
          name + " has " + data.byteSize() + " bytes, not " + type.bytes(elements));
    }
  }

  public long elements() {
    return shape.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
  }

  /// All dimensions but the last, multiplied.
  public long rows() {
    return elements() / columns();
  }

  public long columns() {
    return shape.getLast();
  }

  /// Rows `first..first + count - 1` of a matrix, under another name.
  public Tensor slice(String sliceName, long first, long count) {
    if (first < 0 || count < 1 || first + count > rows()) {
      throw new IllegalArgumentException(
          "rows " + first + ".." + (first + count - 1) + " of " + name + ", which has " + rows());
    }
    long rowBytes = type.bytes(columns());
    return new Tensor(
        sliceName,
        type,
        List.of(count, columns()),
        data.asSlice(first * rowBytes, count * rowBytes));
  }

  /// Part `first..first + count - 1` of a vector, under another name.
  public Tensor part(String partName, long first, long count) {
    if (shape.size() != 1 || type.blockElements() != 1) {
      throw new IllegalArgumentException(name + " " + shape + " is no plain vector");
    }
    if (first < 0 || count < 1 || first + count > columns()) {
      throw new IllegalArgumentException(
          first + ".." + (first + count - 1) + " of " + name + ", which has " + columns());
    }
    MemorySegment bytes = data.asSlice(type.bytes(first), type.bytes(count));
    return new Tensor(partName, type, List.of(count), bytes);
  }

  /// All elements, decoded.
  ///
  /// @throws IllegalArgumentException if they do not fit an array
  public float[] toFloats() {
    if (elements() > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(name + " has " + elements() + " elements");
    }
    float[] values = new float[(int) elements()];
    Decoding.decode(type, data, 0, values, 0, values.length);
    return values;
  }
}
