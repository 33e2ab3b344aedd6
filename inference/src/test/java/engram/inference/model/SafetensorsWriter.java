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
import java.util.Arrays;
import java.util.List;

/// Writes safetensors files, in one or in several shards.
public final class SafetensorsWriter {
  private record Entry(String name, String type, long[] shape, byte[] bytes) {}

  private final List<Entry> tensors = new ArrayList<>();

  public SafetensorsWriter tensor(String name, ElementType type, float[] values, long... shape) {
    byte[] bytes = new byte[(int) type.bytes(values.length)];
    Quantization.encode(type, values, 0, values.length, MemorySegment.ofArray(bytes), 0);
    return raw(name, type.name(), bytes, shape);
  }

  public SafetensorsWriter raw(String name, String type, byte[] bytes, long... shape) {
    tensors.add(new Entry(name, type, shape, bytes));
    return this;
  }

  public byte[] bytes() {
    return bytes(tensors);
  }

  public void write(Path folder) {
    write(folder.resolve("model.safetensors"), bytes());
  }

  public void writeSharded(Path folder, int shards) {
    StringBuilder map = new StringBuilder();
    for (int shard = 0; shard < shards; shard++) {
      String file = "model-0000" + (shard + 1) + "-of-0000" + shards + ".safetensors";
      List<Entry> part = new ArrayList<>();
      for (int i = shard; i < tensors.size(); i += shards) {
        part.add(tensors.get(i));
        map.append(map.isEmpty() ? "" : ",");
        map.append('"').append(tensors.get(i).name()).append("\":\"").append(file).append('"');
      }
      write(folder.resolve(file), bytes(part));
    }
    String index = "{\"metadata\":{\"total_size\":1},\"weight_map\":{" + map + "}}";
    write(folder.resolve("model.safetensors.index.json"), index.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] bytes(List<Entry> tensors) {
    StringBuilder header = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\"}");
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    for (Entry tensor : tensors) {
      int begin = data.size();
      data.writeBytes(tensor.bytes());
      header.append(
          ",\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
              .formatted(
                  tensor.name(),
                  tensor.type(),
                  Arrays.toString(tensor.shape()),
                  begin,
                  data.size()));
    }
    return file(header.append('}').toString(), data.toByteArray());
  }

  public static byte[] file(String header, byte[] data) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + json.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .put(data)
        .array();
  }

  private static void write(Path file, byte[] bytes) {
    try {
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
