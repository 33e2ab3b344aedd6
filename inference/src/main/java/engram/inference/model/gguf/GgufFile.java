package engram.inference.model.gguf;

import engram.inference.model.file.MappedFile;
import engram.inference.model.file.ModelFileException;
import engram.inference.model.file.Tensors;
import engram.inference.tensor.Tensor;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An open model in the GGUF format. Its tensors are valid until it is closed.
///
/// Threads: any number may read; closing while one reads is an `IllegalStateException` there.
public final class GgufFile implements AutoCloseable {
  private static final Pattern PART = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");
  private static final int PARTS_MAX = 1024;

  private final Arena arena;
  private final GgufMetadata metadata;
  private final Tensors tensors;

  private GgufFile(Arena arena, GgufMetadata metadata, Tensors tensors) {
    this.arena = arena;
    this.metadata = metadata;
    this.tensors = tensors;
  }

  /// @param file a whole model, or any part of a split one, whose other parts lie beside it
  /// @throws ModelFileException if anything about the file is wrong; nothing stays open
  public static GgufFile open(Path file) {
    Arena arena = Arena.ofShared();
    try {
      return open(file, arena);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  private static GgufFile open(Path file, Arena arena) {
    Matcher part = PART.matcher(file.getFileName().toString());
    if (part.matches()) {
      return openParts(file, part.group(1), Integer.parseInt(part.group(3)), arena);
    }
    GgufPart only = GgufPart.read(file, MappedFile.map(file, arena));
    int count = only.metadata().integer("split.count", 0, PARTS_MAX, 1);
    if (count > 1) {
      throw new ModelFileException(
          file,
          "is one of "
              + count
              + " parts, but is not named NAME-00001-of-"
              + digits(count)
              + ".gguf");
    }
    return new GgufFile(
        arena, only.metadata(), new Tensors(file, only.tensors(), only.unreadable()));
  }

  private static GgufFile openParts(Path file, String name, int count, Arena arena) {
    if (count < 1 || count > PARTS_MAX) {
      throw new ModelFileException(file, count + " parts, not 1.." + PARTS_MAX);
    }
    List<GgufPart> parts = new ArrayList<>();
    Map<String, Tensor> tensors = new HashMap<>();
    Map<String, String> unreadable = new HashMap<>();
    for (int i = 0; i < count; i++) {
      Path path = part(file, name, i, count);
      GgufPart part = GgufPart.read(path, MappedFile.map(path, arena));
      parts.add(part);
      int says = part.metadata().integer("split.no", 0, PARTS_MAX, 0);
      int of = part.metadata().integer("split.count", 1, PARTS_MAX, count);
      if (says != i || of != count) {
        throw new ModelFileException(
            path,
            "says it is part " + (says + 1) + " of " + of + ", not " + (i + 1) + " of " + count);
      }
      for (Tensor tensor : part.tensors().values()) {
        if (tensors.putIfAbsent(tensor.name(), tensor) != null) {
          throw new ModelFileException(path, "repeats tensor " + tensor.name());
        }
      }
      unreadable.putAll(part.unreadable());
    }
    GgufMetadata metadata = parts.getFirst().metadata();
    int found = tensors.size() + unreadable.size();
    int total = metadata.integer("split.tensors.count", 0, Integer.MAX_VALUE, found);
    if (total != found) {
      throw metadata.wrong("says all parts have " + total + " tensors, but they have " + found);
    }
    return new GgufFile(arena, metadata, new Tensors(metadata.file(), tensors, unreadable));
  }

  /// The files of a model: all parts of a split one, whichever is named, else the file itself. None
  /// is opened, and some may be missing.
  public static List<Path> parts(Path file) {
    Matcher part = PART.matcher(file.getFileName().toString());
    int count = part.matches() ? Integer.parseInt(part.group(3)) : 0;
    if (count < 1 || count > PARTS_MAX) {
      return List.of(file);
    }
    List<Path> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      parts.add(part(file, part.group(1), i, count));
    }
    return parts;
  }

  private static Path part(Path file, String name, int index, int count) {
    return file.resolveSibling(name + "-" + digits(index + 1) + "-of-" + digits(count) + ".gguf");
  }

  private static String digits(int number) {
    return String.format(Locale.ROOT, "%05d", number);
  }

  /// Of a split model: its first part's.
  public GgufMetadata metadata() {
    return metadata;
  }

  public Tensors tensors() {
    return tensors;
  }

  @Override
  public void close() {
    arena.close();
  }
}
