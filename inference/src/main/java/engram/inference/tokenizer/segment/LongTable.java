package engram.inference.tokenizer.segment;

import java.util.SplittableRandom;

/// Open-addressing map from non-negative longs to non-negative longs: merges by their pair of ids,
/// trie edges by node and character.
///
/// The hash is salted per process, so that a hostile vocabulary cannot be built to collide.
public final class LongTable {
  public static final long ABSENT = -1;
  private static final long SALT = new SplittableRandom().nextLong();

  // Keys are stored plus 1: 0 is an empty slot.
  private long[] slots;
  private int size;
  private int shift;

  public LongTable(int expected) {
    int bits = Math.max(4, 33 - Integer.numberOfLeadingZeros(Math.max(1, expected)));
    slots = new long[2 << bits];
    shift = 64 - bits;
  }

  public long get(long key) {
    long[] table = slots;
    int mask = table.length - 1;
    for (int slot = slot(key); ; slot = (slot + 2) & mask) {
      long stored = table[slot];
      if (stored == key + 1) {
        return table[slot + 1];
      }
      if (stored == 0) {
        return ABSENT;
      }
    }
  }

  public void put(long key, long value) {
    if (key < 0 || value < 0) {
      throw new IllegalArgumentException("key " + key + " or value " + value + " < 0");
    }
    if (size * 4L >= slots.length) { // half full: a slot is two longs
      grow();
    }
    int mask = slots.length - 1;
    int slot = slot(key);
    while (slots[slot] != 0 && slots[slot] != key + 1) {
      slot = (slot + 2) & mask;
    }
    if (slots[slot] == 0) {
      size++;
    }
    slots[slot] = key + 1;
    slots[slot + 1] = value;
  }

  public int size() {
    return size;
  }

  private int slot(long key) {
    long mixed = (key ^ SALT) * 0x9E3779B97F4A7C15L;
    mixed = (mixed ^ (mixed >>> 32)) * 0xD6E8FEB86659FD93L;
    return (int) (mixed >>> shift) << 1;
  }

  private void grow() {
    long[] old = slots;
    slots = new long[Math.multiplyExact(old.length, 2)];
    shift--;
    size = 0;
    for (int i = 0; i < old.length; i += 2) {
      if (old[i] != 0) {
        put(old[i] - 1, old[i + 1]);
      }
    }
  }
}
