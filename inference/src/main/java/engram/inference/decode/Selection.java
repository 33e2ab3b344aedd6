package engram.inference.decode;

/// The largest of many numbers.
final class Selection {
  private Selection() {}

  /// Indices of the `count` largest, largest first, ties by the lower index; fewer where fewer are
  /// above negative infinity. A heap of `count` that holds the least on top.
  static int[] largest(float[] values, int count) {
    int[] heap = new int[count];
    int size = 0;
    for (int i = 0; i < values.length && count > 0; i++) {
      if (values[i] == Float.NEGATIVE_INFINITY) {
        continue;
      }
      if (size < count) {
        heap[size++] = i;
        if (size == count) {
          for (int parent = size / 2 - 1; parent >= 0; parent--) {
            sink(heap, parent, size, values);
          }
        }
      } else if (before(i, heap[0], values)) {
        heap[0] = i;
        sink(heap, 0, size, values);
      }
    }
    if (size < count) {
      for (int parent = size / 2 - 1; parent >= 0; parent--) {
        sink(heap, parent, size, values);
      }
    }
    int[] sorted = new int[size];
    for (int last = size - 1; last >= 0; last--) {
      sorted[last] = heap[0];
      heap[0] = heap[last];
      sink(heap, 0, last, values);
    }
    return sorted;
  }

  /// The index of the largest, the lowest among equals.
  static int argMax(float[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      if (values[i] > values[best]) {
        best = i;
      }
    }
    return best;
  }

  private static void sink(int[] heap, int parent, int size, float[] values) {
    int moving = heap[parent];
    while (2 * parent + 1 < size) {
      int child = 2 * parent + 1;
      if (child + 1 < size && before(heap[child], heap[child + 1], values)) {
        child++;
      }
      if (!before(moving, heap[child], values)) {
        break;
      }
      heap[parent] = heap[child];
      parent = child;
    }
    if (size > 0) {
      heap[parent] = moving;
    }
  }

  private static boolean before(int a, int b, float[] values) {
    return values[a] > values[b] || (values[a] == values[b] && a < b);
  }
}
