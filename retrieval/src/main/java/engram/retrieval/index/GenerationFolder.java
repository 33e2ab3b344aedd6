package engram.retrieval.index;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.stream.Stream;
import org.apache.lucene.util.IOUtils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A folder of generations, named by growing numbers, and the file `live` that names one of them.
final class GenerationFolder {
  private static final Logger LOG = LoggerFactory.getLogger(GenerationFolder.class);
  private static final String POINTER = "live";

  private final Path folder;
  private long newest;

  private GenerationFolder(Path folder, long newest) {
    this.folder = folder;
    this.newest = newest;
  }

  /// Removes generations that a crash left behind: those that are not live.
  static GenerationFolder open(Path folder) throws IOException {
    Files.createDirectories(folder);
    long newest = 0;
    Path live = live(folder);
    try (Stream<Path> entries = Files.list(folder)) {
      for (Path entry : entries.toList()) {
        String name = entry.getFileName().toString();
        if (name.matches("[0-9]{1,18}")) {
          newest = Math.max(newest, Long.parseLong(name));
          if (!entry.equals(live)) {
            delete(entry);
          }
        }
      }
    }
    return new GenerationFolder(folder, newest);
  }

  /// Null when there is none.
  @Nullable Path live() throws IOException {
    return live(folder);
  }

  private static @Nullable Path live(Path folder) throws IOException {
    try {
      String name = Files.readString(folder.resolve(POINTER), StandardCharsets.ISO_8859_1).strip();
      return name.matches("[0-9]{1,18}") ? folder.resolve(name) : null;
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /// A folder for a new generation.
  synchronized Path next() throws IOException {
    return Files.createDirectory(folder.resolve(Long.toString(++newest)));
  }

  /// Makes a generation the live one. Either the old or the new one is live after a crash, and the
  /// new one only after its files are safe on disk, for which the caller has committed it.
  void switchTo(Path generation) throws IOException {
    Path draft = folder.resolve(POINTER + ".new");
    Files.writeString(draft, generation.getFileName() + "\n");
    try (FileChannel file = FileChannel.open(draft, StandardOpenOption.WRITE)) {
      file.force(true);
    }
    Files.move(draft, folder.resolve(POINTER), StandardCopyOption.ATOMIC_MOVE);
    IOUtils.fsync(folder, true);
  }

  /// Deletes as much as the system lets go; the rest goes at the next start.
  static void delete(Path generation) {
    try (Stream<Path> files = Files.walk(generation)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException | UncheckedIOException e) {
      LOG.warn("The old index in {} is left until the next start: {}", generation, e.toString());
    }
  }
}
