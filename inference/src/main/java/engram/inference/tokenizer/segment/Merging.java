package engram.inference.tokenizer.segment;

import java.util.Arrays;

/// Merges the symbols of one word in place, in the order of the merges' ranks. Negative symbols
/// stand for themselves. Both ways give the same result; each returns how many symbols are left.
final class Merging {
  private Merging() {}

  /// O(n^2), without allocation but one array: for short words.
  static int scanning(int[] symbols, LongTable merges) {
    int count = symbols.length;
    long[] merge = new long[Math.max(1, count)];
    for (int i = 0; i + 1 < count; i++) {
      merge[i] = find(merges, symbols[i], symbols[i + 1]);
    }
    while (count > 1) {
      int best = -1;
      for (int i = 0; i + 1 < count; i++) {
        if (merge[i] != LongTable.ABSENT && (best < 0 || rank(merge[i]) < rank(merge[best]))) {
          best = i;
        }
      }
      if (best < 0) {
        break;
      }
      symbols[best] = (int) merge[best];
      count--;
      System.arraycopy(symbols, best + 2, symbols, best + 1, count - best - 1);
      System.arraycopy(merge, best + 2, merge, best + 1, Math.max(0, count - best - 2));
      if (best > 0) {
        merge[best - 1] = find(merges, symbols[best - 1], symbols[best]);
      }
      if (best + 1 < count) {
        merge[best] = find(merges, symbols[best], symbols[best + 1]);
      }
    }
    return count;
  }

  /// O(n log n). A candidate is its rank above its left position. One whose symbols have changed
  /// since is told by its rank: if the pair there has the same rank, merging it now is right.
  static int withHeap(int[] symbols, LongTable merges) {
    int count = symbols.length;
    int[] previous = new int[count];
    int[] next = new int[count];
    LongHeap heap = new LongHeap(count);
    for (int i = 0; i < count; i++) {
      previous[i] = i - 1;
      next[i] = i + 1 < count ? i + 1 : -1;
      offer(heap, merges, symbols, i, next[i]);
    }
    boolean[] gone = new boolean[count];
    while (!heap.isEmpty()) {
      long candidate = heap.poll();
      int left = (int) candidate;
      int right = gone[left] ? -1 : next[left];
      if (right < 0) {
        continue;
      }
      long merge = find(merges, symbols[left], symbols[right]);
      if (merge == LongTable.ABSENT || rank(merge) != (int) (candidate >>> 32)) {
        continue;
      }
      symbols[left] = (int) merge;
      gone[right] = true;
      next[left] = next[right];
      if (next[left] >= 0) {
        previous[next[left]] = left;
      }
      if (previous[left] >= 0) {
        offer(heap, merges, symbols, previous[left], left);
      }
      offer(heap, merges, symbols, left, next[left]);
    }
    int kept = 0;
    for (int i = 0; i < count; i++) {
      if (!gone[i]) {
        symbols[kept++] = symbols[i];
      }
    }
    return kept;
  }

  private static void offer(LongHeap heap, LongTable merges, int[] symbols, int left, int right) {
    if (right >= 0) {
      long merge = find(merges, symbols[left], symbols[right]);
      if (merge != LongTable.ABSENT) {
        heap.add((merge & 0xFFFFFFFF_00000000L) | left);
      }
    }
  }

  private static long find(LongTable merges, int left, int right) {
    return left < 0 || right < 0 ? LongTable.ABSENT : merges.get(Merges.pair(left, right));
  }

  private static int rank(long merge) {
    return (int) (merge >>> 32);
  }

  /// A binary heap, lowest first.
  private static final class LongHeap {
    private long[] values;
    private int size;

    LongHeap(int capacity) {
      values = new long[Math.max(4, capacity)];
    }

    boolean isEmpty() {
      return size == 0;
    }

    void add(long value) {
      if (size == values.length) {
        values = Arrays.copyOf(values, Math.multiplyExact(size, 2));
      }
      int child = size++;
      while (child > 0) {
        int parent = (child - 1) >>> 1;
        if (values[parent] <= value) {
          break;
        }
        values[child] = values[parent];
        child = parent;
      }
      values[child] = value;
    }

    long poll() {
      long lowest = values[0];
      long value = values[--size];
      int parent = 0;
      for (int child = 1; child < size; child = 2 * parent + 1) {
        if (child + 1 < size && values[child + 1] < values[child]) {
          child++;
        }
        if (value <= values[child]) {
          break;
        }
        values[parent] = values[child];
        parent = child;
      }
      values[parent] = value;
      return lowest;
    }
  }
}
