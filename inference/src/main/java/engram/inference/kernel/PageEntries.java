package engram.inference.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Single entries of pages, moved as they are stored: nothing is decoded, so nothing is lost.
public final class PageEntries {
  private PageEntries() {}

  /// A page without entries: positions empty, all else zero (a masked value is multiplied by zero,
  /// and must not be an old infinity).
  public static void clear(PageFormat format, MemorySegment page) {
    page.fill((byte) 0);
    page.asSlice(format.positionsOffset(), 4L * PageFormat.TOKENS).fill((byte) -1);
  }

  public static int position(PageFormat format, MemorySegment page, int slot) {
    return page.get(ValueLayout.JAVA_INT, format.positionsOffset() + 4L * slot);
  }

  public static void setPosition(PageFormat format, MemorySegment page, int slot, int position) {
    page.set(ValueLayout.JAVA_INT, format.positionsOffset() + 4L * slot, position);
  }

  /// Copies key, value and position.
  public static void copy(
      PageFormat format, MemorySegment from, int fromSlot, MemorySegment to, int toSlot) {
    setPosition(format, to, toSlot, position(format, from, fromSlot));
    int width = format.width();
    int tokens = PageFormat.TOKENS;
    switch (format.type()) {
      case F32 -> {
        column(from, 0, 4L * fromSlot, to, 4L * toSlot, 4, format.headDim(), 4L * tokens);
        row(from, to, format.valuesOffset(), 4L * width, fromSlot, toSlot);
      }
      case F16 -> {
        column(from, 0, 2L * fromSlot, to, 2L * toSlot, 2, format.headDim(), 2L * tokens);
        row(from, to, format.valuesOffset(), 2L * width, fromSlot, toSlot);
      }
      case INT8 -> {
        column(from, 0, fromSlot, to, toSlot, 1, width, tokens);
        row(from, to, format.valuesOffset(), width, fromSlot, toSlot);
        scales(format, from, fromSlot, to, toSlot, 0);
      }
      case INT4 -> {
        for (int d = 0; d < width; d++) {
          nibble(from, d * 16L, fromSlot, to, toSlot);
        }
        row(from, to, format.valuesOffset(), width / 2, fromSlot, toSlot);
        scales(format, from, fromSlot, to, toSlot, 0);
        scales(format, from, fromSlot, to, toSlot, 2L * tokens * (width / 32));
      }
    }
  }

  private static void scales(
      PageFormat format,
      MemorySegment from,
      int fromSlot,
      MemorySegment to,
      int toSlot,
      long offset) {
    int groups = format.width() / 32;
    long keys = format.keyScalesOffset() + offset;
    column(from, keys, 2L * fromSlot, to, 2L * toSlot, 2, groups, 2L * PageFormat.TOKENS);
    row(from, to, format.valueScalesOffset() + offset, 2L * groups, fromSlot, toSlot);
  }

  private static void column(
      MemorySegment from,
      long base,
      long fromOffset,
      MemorySegment to,
      long toOffset,
      int bytes,
      int count,
      long stride) {
    for (int d = 0; d < count; d++) {
      MemorySegment.copy(
          from, base + d * stride + fromOffset, to, base + d * stride + toOffset, bytes);
    }
  }

  private static void row(
      MemorySegment from, MemorySegment to, long base, long bytes, int fromSlot, int toSlot) {
    MemorySegment.copy(from, base + bytes * fromSlot, to, base + bytes * toSlot, bytes);
  }

  private static void nibble(
      MemorySegment from, long base, int fromSlot, MemorySegment to, int toSlot) {
    int pair = from.get(ValueLayout.JAVA_BYTE, base + fromSlot % 16) & 0xff;
    int code = fromSlot >= 16 ? pair >>> 4 : pair & 0xf;
    int old = to.get(ValueLayout.JAVA_BYTE, base + toSlot % 16);
    int now = toSlot >= 16 ? (old & 0x0f) | (code << 4) : (old & 0xf0) | code;
    to.set(ValueLayout.JAVA_BYTE, base + toSlot % 16, (byte) now);
  }
}
