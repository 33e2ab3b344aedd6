package engram.inference.tokenizer.segment;

import java.util.Arrays;

/// A growing list of ints without boxes. Not safe for several threads.
public final class IdList {
  private int[] ids;
  private int size;

  public IdList(int capacity) {
    ids = new int[Math.max(4, capacity)];
  }

  public void add(int id) {
    if (size == ids.length) {
      ids = Arrays.copyOf(ids, Math.multiplyExact(size, 2));
    }
    ids[size++] = id;
  }

  public void addAll(int[] more) {
    if (size + more.length > ids.length) {
      ids = Arrays.copyOf(ids, Math.max(Math.multiplyExact(size, 2), size + more.length));
    }
    System.arraycopy(more, 0, ids, size, more.length);
    size += more.length;
  }

  public int get(int index) {
    return ids[index];
  }

  public int size() {
    return size;
  }

  /// Forgets all from the index on.
  public void truncate(int newSize) {
    size = Math.min(size, newSize);
  }

  public int[] toArray() {
    return Arrays.copyOf(ids, size);
  }

  public int[] toArray(int from) {
    return Arrays.copyOfRange(ids, from, size);
  }
}
