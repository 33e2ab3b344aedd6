package engram.inference.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;

/// Memory that every thread may use until [#clear], kept for the next pass: closing an arena of
/// several threads stops them all for a moment.
///
/// What it gives is not zero.
final class PassMemory implements SegmentAllocator, AutoCloseable {
  private static final long LEAST = 1 << 16;

  private final List<Arena> arenas = new ArrayList<>();
  private MemorySegment block = MemorySegment.NULL;
  private long used;
  private long total;

  @Override
  public MemorySegment allocate(long bytes, long alignment) {
    long at = (block.address() + used + alignment - 1) / alignment * alignment - block.address();
    if (at + bytes > block.byteSize()) {
      grow(bytes + alignment);
      at = (block.address() + alignment - 1) / alignment * alignment - block.address();
    }
    used = at + bytes;
    return block.asSlice(at, bytes);
  }

  private void grow(long bytes) {
    Arena arena = Arena.ofShared();
    arenas.add(arena);
    block = arena.allocate(Math.max(LEAST, Math.max(bytes, total)), 64);
    total += block.byteSize();
    used = 0;
  }

  /// All that it gave may be given again.
  void clear() {
    if (arenas.size() > 1) {
      long whole = total;
      close();
      grow(whole);
    }
    used = 0;
  }

  @Override
  public void close() {
    arenas.forEach(Arena::close);
    arenas.clear();
    block = MemorySegment.NULL;
    used = 0;
    total = 0;
  }
}
