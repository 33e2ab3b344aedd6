package engram.inference.model;

import engram.inference.tensor.ElementType;
import engram.inference.tensor.Quantization;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Writes GGUF files, right ones and wrong ones.
public final class GgufWriter {
  private record Entry(String name, int type, long[] shape, byte[] bytes, Long offset) {}

  private final int version;
  private final Map<String, Object> metadata = new LinkedHashMap<>();
  private final List<Entry> tensors = new ArrayList<>();
  private int alignment = 32;

  public GgufWriter(int version) {
    this.version = version;
  }

  /// `Byte`, `Short`, `Integer`, `Long` are written as unsigned of their width, [Signed] as signed.
  public GgufWriter put(String key, Object value) {
    metadata.put(key, value);
    return this;
  }

  /// Wraps what is to be written as a signed integer of its width.
  public record Signed(Number value) {}

  public GgufWriter alignment(int bytes) {
    alignment = bytes;
    return put("general.alignment", bytes);
  }

  public GgufWriter tensor(String name, ElementType type, float[] values, long... shape) {
    byte[] bytes = new byte[(int) type.bytes(values.length)];
    Quantization.encode(type, values, 0, values.length, MemorySegment.ofArray(bytes), 0);
    return raw(name, id(type), bytes, null, shape);
  }

  /// @param offset where the description says it lies; null: where it does
  public GgufWriter raw(String name, int type, byte[] bytes, Long offset, long... shape) {
    tensors.add(new Entry(name, type, shape, bytes, offset));
    return this;
  }

  public static int id(ElementType type) {
    return switch (type) {
      case F32 -> 0;
      case F16 -> 1;
      case Q4_0 -> 2;
      case Q4_1 -> 3;
      case Q5_0 -> 6;
      case Q5_1 -> 7;
      case Q8_0 -> 8;
      case Q2_K -> 10;
      case Q3_K -> 11;
      case Q4_K -> 12;
      case Q5_K -> 13;
      case Q6_K -> 14;
      case IQ4_NL -> 20;
      case BF16 -> 30;
    };
  }

  public Path write(Path file) {
    try {
      return Files.write(file, bytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public byte[] bytes() {
    Out out = new Out(version);
    out.bytes("GGUF".getBytes(StandardCharsets.US_ASCII));
    out.u32(version);
    out.count(tensors.size());
    out.count(metadata.size());
    metadata.forEach((key, value) -> {
      out.string(key);
      out.u32(type(value));
      out.value(value);
    });
    long offset = 0;
    for (Entry tensor : tensors) {
      out.string(tensor.name());
      out.u32(tensor.shape().length);
      for (int i = tensor.shape().length - 1; i >= 0; i--) {
        out.count(tensor.shape()[i]);
      }
      out.u32(tensor.type());
      out.u64(tensor.offset() == null ? offset : tensor.offset());
      offset = align(offset + tensor.bytes().length);
    }
    for (Entry tensor : tensors) {
      out.pad(alignment);
      out.bytes(tensor.bytes());
    }
    out.pad(alignment);
    return out.out.toByteArray();
  }

  private long align(long offset) {
    return (offset + alignment - 1) / alignment * alignment;
  }

  private static int type(Object value) {
    return switch (value) {
      case Byte b -> 0;
      case Short s -> 2;
      case Integer i -> 4;
      case Long l -> 10;
      case Float f -> 6;
      case Double d -> 12;
      case Boolean b -> 7;
      case String s -> 8;
      case Signed(var number) -> type(number) == 10 ? 11 : type(number) + 1;
      case int[] a -> 9;
      case float[] a -> 9;
      case boolean[] a -> 9;
      case List<?> l -> 9;
      default -> throw new IllegalArgumentException(String.valueOf(value));
    };
  }

  private record Out(ByteArrayOutputStream out, int version) {
    Out(int version) {
      this(new ByteArrayOutputStream(), version);
    }

    void bytes(byte[] bytes) {
      out.writeBytes(bytes);
    }

    void u32(int value) {
      bytes(little(4).putInt(value).array());
    }

    void u64(long value) {
      bytes(little(8).putLong(value).array());
    }

    void count(long value) {
      if (version == 1) {
        u32((int) value);
      } else {
        u64(value);
      }
    }

    void string(String text) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      count(utf8.length);
      bytes(utf8);
    }

    void pad(int alignment) {
      while (out.size() % alignment != 0) {
        out.write(0);
      }
    }

    void value(Object value) {
      switch (value) {
        case Byte b -> out.write(b);
        case Short s -> bytes(little(2).putShort(s).array());
        case Integer i -> u32(i);
        case Long l -> u64(l);
        case Float f -> u32(Float.floatToRawIntBits(f));
        case Double d -> u64(Double.doubleToRawLongBits(d));
        case Boolean b -> out.write(b ? 1 : 0);
        case String s -> string(s);
        case Signed(var number) -> value(number);
        case int[] a -> array(java.util.Arrays.stream(a).boxed().toList(), 4);
        case float[] a -> {
          List<Float> list = new ArrayList<>();
          for (float f : a) {
            list.add(f);
          }
          array(list, 6);
        }
        case boolean[] a -> {
          List<Boolean> list = new ArrayList<>();
          for (boolean b : a) {
            list.add(b);
          }
          array(list, 7);
        }
        case List<?> l -> array(l, l.isEmpty() ? 8 : type(l.getFirst()));
        default -> throw new IllegalArgumentException(String.valueOf(value));
      }
    }

    private void array(List<?> values, int type) {
      u32(type);
      count(values.size());
      values.forEach(this::value);
    }

    private static ByteBuffer little(int size) {
      return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
  }
}
