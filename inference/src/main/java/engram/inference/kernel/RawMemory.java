package engram.inference.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Memory outside the heap by address, for the Java twins; the checks are their callers'.
public final class RawMemory {
  /// A cache line, and the widest vector register.
  public static final long ALIGNMENT = 64;

  static final MemorySegment ALL = all();

  private RawMemory() {}

  @SuppressWarnings("restricted")
  private static MemorySegment all() {
    return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
  }

  /// `count` floats, zero, aligned for every kernel.
  public static MemorySegment floats(Arena arena, long count) {
    return arena.allocate(Math.multiplyExact(count, (long) Float.BYTES), ALIGNMENT);
  }

  /// The address of a segment that holds at least `bytes`.
  ///
  /// @throws IllegalArgumentException if it is shorter, on the heap or closed
  public static long address(String name, MemorySegment segment, long bytes) {
    if (!segment.isNative() || segment.byteSize() < bytes || !segment.scope().isAlive()) {
      throw new IllegalArgumentException(
          name
              + ": "
              + segment.byteSize()
              + " bytes "
              + (segment.isNative() ? "off" : "on")
              + " the heap"
              + (segment.scope().isAlive() ? "" : ", closed")
              + "; needed are "
              + bytes
              + " open ones off it");
    }
    return segment.address();
  }

  public static float getFloat(long address) {
    return ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, address);
  }

  static void setFloat(long address, float value) {
    ALL.set(ValueLayout.JAVA_FLOAT_UNALIGNED, address, value);
  }

  static int getInt(long address) {
    return ALL.get(ValueLayout.JAVA_INT_UNALIGNED, address);
  }

  static void setInt(long address, int value) {
    ALL.set(ValueLayout.JAVA_INT_UNALIGNED, address, value);
  }

  static short getShort(long address) {
    return ALL.get(ValueLayout.JAVA_SHORT_UNALIGNED, address);
  }

  static void setShort(long address, short value) {
    ALL.set(ValueLayout.JAVA_SHORT_UNALIGNED, address, value);
  }

  static byte getByte(long address) {
    return ALL.get(ValueLayout.JAVA_BYTE, address);
  }

  static void setByte(long address, byte value) {
    ALL.set(ValueLayout.JAVA_BYTE, address, value);
  }

  static float getHalf(long address) {
    return Float.float16ToFloat(getShort(address));
  }

  static void setHalf(long address, float value) {
    setShort(address, Float.floatToFloat16(value));
  }

  static float getBrain(long address) {
    return Float.intBitsToFloat(getShort(address) << 16);
  }
}
