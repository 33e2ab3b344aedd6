package engram.inference.model.safetensors;

import engram.inference.model.file.ModelFileException;
import engram.inference.tensor.ElementType;
import engram.inference.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;

/// One safetensors file: the length of a header, the header in JSON, the tensors' bytes without
/// gaps.
///
/// @param unreadable tensors of types that are no weights, such as BERT's `position_ids`
record SafetensorsFile(Map<String, Tensor> tensors, Map<String, String> unreadable) {
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int HEADER_BYTES_MAX = 1 << 25;
  private static final int DIMENSIONS_MAX = 8;

  private record Entry(String name, String type, List<Long> shape, long begin, long end) {}

  static SafetensorsFile read(Path file, MemorySegment bytes) {
    if (bytes.byteSize() < 8) {
      throw new ModelFileException(file, "is no safetensors file: it has no header");
    }
    long length = bytes.get(LONG, 0);
    if (length < 2 || length > Math.min(bytes.byteSize() - 8, HEADER_BYTES_MAX)) {
      throw new ModelFileException(
          file,
          "is no safetensors file, or is cut: a header of "
              + Long.toUnsignedString(length)
              + " bytes in a file of "
              + bytes.byteSize());
    }
    byte[] header = bytes.asSlice(8, length).toArray(ValueLayout.JAVA_BYTE);
    List<Entry> entries = header(file, header);
    return tensors(file, entries, bytes.asSlice(8 + length));
  }

  private static List<Entry> header(Path file, byte[] header) {
    // By token rather than as a tree: a hostile header would make a tree far larger than itself.
    try (JsonParser json = Json.FACTORY.createParser(ObjectReadContext.empty(), header)) {
      List<Entry> entries = new ArrayList<>();
      expect(file, json, json.nextToken(), JsonToken.START_OBJECT);
      while (json.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = json.currentName();
        expect(file, json, json.nextToken(), JsonToken.START_OBJECT);
        if (name.equals("__metadata__")) {
          json.skipChildren();
        } else {
          entries.add(entry(file, json, name));
        }
      }
      return entries;
    } catch (JacksonException e) {
      throw new ModelFileException(
          file, "has a header that is no valid JSON: " + e.getOriginalMessage(), e);
    }
  }

  private static Entry entry(Path file, JsonParser json, String name) {
    String type = null;
    List<Long> shape = null;
    List<Long> offsets = null;
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String key = json.currentName();
      JsonToken token = json.nextToken();
      switch (key) {
        case "dtype" -> {
          expect(file, json, token, JsonToken.VALUE_STRING);
          type = json.getString();
        }
        case "shape" -> shape = longs(file, json, token, DIMENSIONS_MAX);
        case "data_offsets" -> offsets = longs(file, json, token, 2);
        default -> json.skipChildren();
      }
    }
    if (type == null || shape == null || offsets == null || offsets.size() != 2) {
      throw new ModelFileException(
          file, "tensor " + name + " lacks its dtype, shape or data_offsets");
    }
    return new Entry(name, type, shape, offsets.get(0), offsets.get(1));
  }

  private static List<Long> longs(Path file, JsonParser json, JsonToken first, int most) {
    expect(file, json, first, JsonToken.START_ARRAY);
    List<Long> values = new ArrayList<>();
    for (JsonToken token = json.nextToken();
        token != JsonToken.END_ARRAY;
        token = json.nextToken()) {
      expect(file, json, token, JsonToken.VALUE_NUMBER_INT);
      values.add(json.getLongValue());
      if (values.size() > most) {
        throw new ModelFileException(file, "has a list of more than " + most + " numbers");
      }
    }
    return values;
  }

  private static void expect(
      Path file, JsonParser json, @Nullable JsonToken found, JsonToken expected) {
    if (found != expected) {
      throw new ModelFileException(
          file,
          "has "
              + found
              + " in its header where "
              + expected
              + " belongs, at byte "
              + json.currentTokenLocation().getByteOffset());
    }
  }

  private static SafetensorsFile tensors(Path file, List<Entry> entries, MemorySegment data) {
    Map<String, Tensor> tensors = new HashMap<>();
    Map<String, String> unreadable = new HashMap<>();
    entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    long end = 0;
    for (Entry entry : entries) {
      if (entry.begin() != end || entry.end() < entry.begin() || entry.end() > data.byteSize()) {
        throw new ModelFileException(
            file,
            "tensor "
                + entry.name()
                + " has the bytes "
                + entry.begin()
                + ".."
                + entry.end()
                + ", but the one before ends at "
                + end
                + " and the data at "
                + data.byteSize());
      }
      end = entry.end();
      ElementType type = type(entry.type());
      if (type == null) {
        unreadable.put(entry.name(), "has the unsupported dtype " + entry.type());
      } else if (entry.shape().contains(0L)) {
        unreadable.put(entry.name(), "is empty");
      } else {
        MemorySegment bytes = data.asSlice(entry.begin(), end - entry.begin());
        tensors.put(entry.name(), tensor(file, entry, type, bytes));
      }
    }
    if (end != data.byteSize()) {
      throw new ModelFileException(
          file, "has " + (data.byteSize() - end) + " bytes after its last tensor");
    }
    return new SafetensorsFile(tensors, unreadable);
  }

  private static Tensor tensor(Path file, Entry entry, ElementType type, MemorySegment bytes) {
    long elements = 1;
    for (long size : entry.shape()) {
      if (size < 1 || elements > bytes.byteSize() / size) {
        throw new ModelFileException(
            file,
            "tensor "
                + entry.name()
                + " "
                + entry.shape()
                + " does not have its "
                + bytes.byteSize()
                + " bytes");
      }
      elements *= size;
    }
    if (type.bytes(elements) != bytes.byteSize()) {
      throw new ModelFileException(
          file,
          "tensor "
              + entry.name()
              + " "
              + entry.shape()
              + " "
              + type
              + " has "
              + bytes.byteSize()
              + " bytes, not "
              + type.bytes(elements));
    }
    List<Long> shape = entry.shape().isEmpty() ? List.of(1L) : entry.shape();
    return new Tensor(entry.name(), type, shape, bytes);
  }

  private static @Nullable ElementType type(String name) {
    return switch (name) {
      case "F32" -> ElementType.F32;
      case "F16" -> ElementType.F16;
      case "BF16" -> ElementType.BF16;
      default -> null;
    };
  }
}
