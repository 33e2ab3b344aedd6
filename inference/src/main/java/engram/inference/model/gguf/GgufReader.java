package engram.inference.model.gguf;

import engram.inference.model.file.ModelFileException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Reads the header's primitives one after another, and never past the file's end.
final class GgufReader {
  static final int MAGIC = 0x46554747;
  static final int STRING_BYTES_MAX = 1 << 24;

  /// Of all arrays of a file together; the largest vocabularies have a million entries.
  static final long ARRAY_ELEMENTS_MAX = 1 << 24;

  static final int NESTING_MAX = 8;

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path file;
  private final MemorySegment bytes;
  private final int version;
  private long at;
  private long elements;

  GgufReader(Path file, MemorySegment bytes) {
    this.file = file;
    this.bytes = bytes;
    if (bytes.byteSize() < 8 || bytes.get(INT, 0) != MAGIC) {
      throw wrong("is no GGUF file: it does not begin with \"GGUF\"");
    }
    at = 4;
    version = u32();
    if (version != 0 && (version & 0xffff) == 0) {
      throw wrong("is big-endian GGUF, which is not supported");
    }
    if (version < 1 || version > 3) {
      throw wrong("has GGUF version " + Integer.toUnsignedString(version) + "; 1 to 3 are known");
    }
  }

  int version() {
    return version;
  }

  long position() {
    return at;
  }

  private long take(long size) {
    if (size > bytes.byteSize() - at) {
      throw wrong("ends within its header: " + size + " bytes are missing at offset " + at);
    }
    long from = at;
    at += size;
    return from;
  }

  int u32() {
    return bytes.get(INT, take(4));
  }

  long u64() {
    return bytes.get(LONG, take(8));
  }

  /// A count or length: 32 bits in version 1, 64 later.
  ///
  /// @param bytesEach what each of the counted things takes at least; no more than fit are believed
  long count(String what, long bytesEach) {
    long count = version == 1 ? Integer.toUnsignedLong(u32()) : u64();
    if (count < 0 || count > (bytes.byteSize() - at) / bytesEach) {
      throw wrong(
          "says it has "
              + Long.toUnsignedString(count)
              + " "
              + what
              + ", but only "
              + (bytes.byteSize() - at)
              + " bytes follow");
    }
    return count;
  }

  String string(String what) {
    long length = count("bytes in " + what, 1);
    if (length > STRING_BYTES_MAX) {
      throw wrong(what + " has " + length + " bytes, more than " + STRING_BYTES_MAX);
    }
    byte[] text = bytes.asSlice(take(length), length).toArray(ValueLayout.JAVA_BYTE);
    return new String(text, StandardCharsets.UTF_8);
  }

  /// A value with its type before it: [Long] for integers (those above its range are refused),
  /// [Double], [Boolean], [String]; arrays as `long[]`, `float[]`, `double[]`, `boolean[]`, lists
  /// of strings and lists of arrays.
  Object value(String key) {
    return value(key, u32(), 0);
  }

  private Object value(String key, int type, int depth) {
    return switch (type) {
      case 6 -> (double) Float.intBitsToFloat(u32());
      case 7 -> bool(key);
      case 8 -> string(key);
      case 9 -> array(key, depth);
      case 12 -> Double.longBitsToDouble(u64());
      default -> integer(key, type);
    };
  }

  private long integer(String key, int type) {
    return switch (type) {
      case 0 -> bytes.get(ValueLayout.JAVA_BYTE, take(1)) & 0xffL;
      case 1 -> bytes.get(ValueLayout.JAVA_BYTE, take(1));
      case 2 -> bytes.get(SHORT, take(2)) & 0xffffL;
      case 3 -> bytes.get(SHORT, take(2));
      case 4 -> Integer.toUnsignedLong(u32());
      case 5 -> u32();
      case 10 -> {
        long value = u64();
        if (value < 0) {
          throw wrong(key + " is " + Long.toUnsignedString(value) + ", too large a number");
        }
        yield value;
      }
      case 11 -> u64();
      default -> throw wrong(key + " has the unknown type " + Integer.toUnsignedString(type));
    };
  }

  private boolean bool(String key) {
    int value = bytes.get(ValueLayout.JAVA_BYTE, take(1));
    if (value != 0 && value != 1) {
      throw wrong(key + " is neither true nor false but " + value);
    }
    return value == 1;
  }

  private Object array(String key, int depth) {
    if (depth == NESTING_MAX) {
      throw wrong(key + " nests arrays deeper than " + NESTING_MAX);
    }
    int type = u32();
    long count = count("elements in " + key, sizeMin(key, type));
    elements += count;
    if (elements > ARRAY_ELEMENTS_MAX) {
      throw wrong("has arrays of more than " + ARRAY_ELEMENTS_MAX + " elements: " + key);
    }
    int size = (int) count;
    return switch (type) {
      case 6 -> floats(size);
      case 7 -> bools(key, size);
      case 8, 9 -> {
        List<Object> values = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
          values.add(value(key, type, depth + 1));
        }
        yield List.copyOf(values);
      }
      case 12 -> doubles(size);
      default -> integers(key, type, size);
    };
  }

  private float[] floats(int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = Float.intBitsToFloat(u32());
    }
    return values;
  }

  private double[] doubles(int size) {
    double[] values = new double[size];
    for (int i = 0; i < size; i++) {
      values[i] = Double.longBitsToDouble(u64());
    }
    return values;
  }

  private boolean[] bools(String key, int size) {
    boolean[] values = new boolean[size];
    for (int i = 0; i < size; i++) {
      values[i] = bool(key);
    }
    return values;
  }

  private long[] integers(String key, int type, int size) {
    long[] values = new long[size];
    for (int i = 0; i < size; i++) {
      values[i] = integer(key, type);
    }
    return values;
  }

  private long sizeMin(String key, int type) {
    return switch (type) {
      case 0, 1, 7 -> 1;
      case 2, 3 -> 2;
      case 4, 5, 6 -> 4;
      case 8 -> version == 1 ? 4 : 8;
      case 9 -> version == 1 ? 8 : 12;
      case 10, 11, 12 -> 8;
      default -> throw wrong(key + " has the unknown type " + Integer.toUnsignedString(type));
    };
  }

  ModelFileException wrong(String problem) {
    return new ModelFileException(file, problem);
  }
}
