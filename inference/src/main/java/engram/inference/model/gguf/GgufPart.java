package engram.inference.model.gguf;

import engram.inference.model.file.ModelFileException;
import engram.inference.tensor.ElementType;
import engram.inference.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One file: settings, then descriptions of tensors, then at aligned offsets their bytes.
record GgufPart(
    GgufMetadata metadata, Map<String, Tensor> tensors, Map<String, String> unreadable) {
  private static final int DIMENSIONS_MAX = 4;
  private static final int ALIGNMENT_DEFAULT = 32;
  private static final int ALIGNMENT_MAX = 1 << 20;
  private static final int KEYS_MAX = 1 << 16;
  private static final int TENSORS_MAX = 1 << 20;

  private record Description(String name, List<Long> shape, int type, long offset) {}

  static GgufPart read(Path file, MemorySegment bytes) {
    GgufReader in = new GgufReader(file, bytes);
    // A tensor's description has a name, a number of dimensions, a type and an offset.
    long tensorCount = in.count("tensors", 20);
    long keyCount = in.count("keys", 9);
    if (tensorCount > TENSORS_MAX || keyCount > KEYS_MAX) {
      throw in.wrong(
          tensorCount
              + " tensors, "
              + keyCount
              + " keys: more than "
              + TENSORS_MAX
              + " and "
              + KEYS_MAX);
    }
    GgufMetadata metadata = new GgufMetadata(file, keys(in, (int) keyCount));
    List<Description> infos = new ArrayList<>();
    for (int i = 0; i < tensorCount; i++) {
      infos.add(info(in));
    }
    int alignment = metadata.integer("general.alignment", 1, ALIGNMENT_MAX, ALIGNMENT_DEFAULT);
    if (Integer.bitCount(alignment) != 1) {
      throw in.wrong("general.alignment is " + alignment + ", no power of two");
    }
    long start = (in.position() + alignment - 1) & -alignment;
    if (start > bytes.byteSize()) {
      // A vocabulary without tensors may end without padding.
      start = bytes.byteSize();
    }
    return tensors(file, metadata, infos, bytes.asSlice(start), alignment);
  }

  private static Map<String, Object> keys(GgufReader in, int count) {
    Map<String, Object> values = new HashMap<>();
    for (int i = 0; i < count; i++) {
      String key = in.string("a key");
      if (values.putIfAbsent(key, in.value(key)) != null) {
        throw in.wrong("has the key " + key + " twice");
      }
    }
    return values;
  }

  private static Description info(GgufReader in) {
    String name = in.string("a tensor's name");
    int dimensions = in.u32();
    if (dimensions < 1 || dimensions > DIMENSIONS_MAX) {
      throw in.wrong(
          "tensor "
              + name
              + " has "
              + Integer.toUnsignedString(dimensions)
              + " dimensions, not 1.."
              + DIMENSIONS_MAX);
    }
    List<Long> shape = new ArrayList<>();
    long elements = 1;
    for (int i = 0; i < dimensions; i++) {
      long size = in.version() == 1 ? Integer.toUnsignedLong(in.u32()) : in.u64();
      if (size < 1 || elements > Long.MAX_VALUE / 8 / size) {
        throw in.wrong("tensor " + name + " has a dimension of " + Long.toUnsignedString(size));
      }
      elements *= size;
      shape.add(size);
    }
    // The file has the contiguous dimension first.
    Collections.reverse(shape);
    return new Description(name, shape, in.u32(), in.u64());
  }

  private static GgufPart tensors(
      Path file,
      GgufMetadata metadata,
      List<Description> infos,
      MemorySegment data,
      int alignment) {
    Map<String, Tensor> tensors = new HashMap<>();
    Map<String, String> unreadable = new HashMap<>();
    Set<String> names = new HashSet<>();
    infos.sort(Comparator.comparingLong(Description::offset));
    long end = 0;
    String before = "";
    for (Description info : infos) {
      if (!names.add(info.name())) {
        throw new ModelFileException(file, "has two tensors " + info.name());
      }
      if (info.offset() < 0 || info.offset() % alignment != 0) {
        throw new ModelFileException(
            file,
            "tensor "
                + info.name()
                + " lies at "
                + Long.toUnsignedString(info.offset())
                + ", no multiple of "
                + alignment);
      }
      if (info.offset() < end) {
        throw new ModelFileException(
            file,
            "tensor "
                + info.name()
                + " lies at "
                + info.offset()
                + " within "
                + before
                + ", which ends at "
                + end);
      }
      ElementType type = type(info.type());
      if (type == null) {
        unreadable.put(info.name(), "has the unsupported type " + typeName(info.type()));
        continue;
      }
      end = info.offset() + bytes(file, info, type, data.byteSize());
      before = info.name();
      MemorySegment bytes = data.asSlice(info.offset(), end - info.offset());
      tensors.put(info.name(), new Tensor(info.name(), type, info.shape(), bytes));
    }
    return new GgufPart(metadata, tensors, unreadable);
  }

  private static long bytes(Path file, Description info, ElementType type, long available) {
    if (info.shape().getLast() % type.blockElements() != 0) {
      throw new ModelFileException(
          file,
          "tensor "
              + info.name()
              + " has rows of "
              + info.shape().getLast()
              + ", but "
              + type
              + " has blocks of "
              + type.blockElements());
    }
    long elements = info.shape().stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
    long size = type.bytes(elements);
    if (info.offset() > available - size) {
      throw new ModelFileException(
          file,
          "tensor "
              + info.name()
              + " "
              + info.shape()
              + " "
              + type
              + " ends at byte "
              + (info.offset() + size)
              + " of the data, but there are "
              + available);
    }
    return size;
  }

  private static @Nullable ElementType type(int id) {
    return switch (id) {
      case 0 -> ElementType.F32;
      case 1 -> ElementType.F16;
      case 2 -> ElementType.Q4_0;
      case 3 -> ElementType.Q4_1;
      case 6 -> ElementType.Q5_0;
      case 7 -> ElementType.Q5_1;
      case 8 -> ElementType.Q8_0;
      case 10 -> ElementType.Q2_K;
      case 11 -> ElementType.Q3_K;
      case 12 -> ElementType.Q4_K;
      case 13 -> ElementType.Q5_K;
      case 14 -> ElementType.Q6_K;
      case 20 -> ElementType.IQ4_NL;
      case 30 -> ElementType.BF16;
      default -> null;
    };
  }

  private static String typeName(int id) {
    return switch (id) {
      case 16 -> "IQ2_XXS";
      case 17 -> "IQ2_XS";
      case 18 -> "IQ3_XXS";
      case 19 -> "IQ1_S";
      case 21 -> "IQ3_S";
      case 22 -> "IQ2_S";
      case 23 -> "IQ4_XS";
      case 28 -> "F64";
      case 29 -> "IQ1_M";
      case 34 -> "TQ1_0";
      case 35 -> "TQ2_0";
      case 39 -> "MXFP4";
      default -> "number " + Integer.toUnsignedString(id);
    };
  }
}
