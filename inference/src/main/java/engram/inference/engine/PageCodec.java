package engram.inference.engine;

import engram.inference.KvCodec;
import engram.inference.kernel.Backend;
import engram.inference.kernel.KvType;
import engram.inference.kernel.PageFormat;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;

/// The pages that the kernels read as they are stored: plain, halves, and groups of 32 channels in
/// eight or four bits. What the bytes mean says [PageFormat].
record PageCodec(KvType type, Backend backend) implements KvCodec {
  @Override
  public String name() {
    return type.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public boolean attendable() {
    return true;
  }

  @Override
  public long pageBytes(int headDim, int pageTokens) {
    return format(headDim, pageTokens).bytes();
  }

  private PageFormat format(int headDim, int pageTokens) {
    if (pageTokens != PageFormat.TOKENS) {
      throw new IllegalArgumentException(
          "pageTokens " + pageTokens + ", but pages have " + PageFormat.TOKENS);
    }
    return new PageFormat(type, headDim);
  }

  @Override
  public void encode(
      float[] key, float[] value, MemorySegment page, int slot, int headDim, int pageTokens) {
    PageFormat format = checked(key, value, page, slot, headDim, pageTokens);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment k = arena.allocateFrom(ValueLayout.JAVA_FLOAT, key);
      MemorySegment v = arena.allocateFrom(ValueLayout.JAVA_FLOAT, value);
      MemorySegment position = arena.allocateFrom(ValueLayout.JAVA_INT, slot);
      backend.store(
          format, page.address(), slot, 1, k.address(), v.address(), headDim, position.address());
    }
  }

  @Override
  public void decode(
      MemorySegment page, int slot, float[] key, float[] value, int headDim, int pageTokens) {
    PageFormat format = checked(key, value, page, slot, headDim, pageTokens);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment k = arena.allocate(ValueLayout.JAVA_FLOAT, headDim);
      MemorySegment v = arena.allocate(ValueLayout.JAVA_FLOAT, headDim);
      backend.load(format, page.address(), slot, k.address(), v.address());
      MemorySegment.copy(k, ValueLayout.JAVA_FLOAT, 0, key, 0, headDim);
      MemorySegment.copy(v, ValueLayout.JAVA_FLOAT, 0, value, 0, headDim);
    }
  }

  private PageFormat checked(
      float[] key, float[] value, MemorySegment page, int slot, int headDim, int pageTokens) {
    PageFormat format = format(headDim, pageTokens);
    if (key.length != headDim || value.length != headDim) {
      throw new IllegalArgumentException(
          "key of %d, value of %d, headDim %d".formatted(key.length, value.length, headDim));
    }
    if (slot < 0 || slot >= pageTokens) {
      throw new IllegalArgumentException("slot " + slot + " is not within a page of " + pageTokens);
    }
    if (!page.isNative() || page.byteSize() < format.bytes()) {
      throw new IllegalArgumentException(
          "a page of "
              + page.byteSize()
              + " bytes is on the heap, or smaller than "
              + format.bytes());
    }
    return format;
  }
}
