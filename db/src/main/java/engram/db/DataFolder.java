package engram.db;

import engram.db.DataFolderException.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The folder that holds everything of one Engram, locked for one server at a time.
///
/// `engram.lock` is held by a file lock, which the kernel drops when the process dies: no stale
/// lock is left behind. `VERSION` says which layout the folder has.
final class DataFolder implements AutoCloseable {
  /// The layout that this Engram reads and writes.
  static final int FORMAT = 1;

  /// Below this PostgreSQL cannot even write its logs safely.
  static final long FREE_BYTES_MIN = 256L << 20;

  private static final String FORMAT_PREFIX = "engram-data ";

  /// Folders that this JVM holds. File locks do not guard a JVM against itself: on POSIX, closing
  /// *any* channel of a file drops the lock that another channel of the same process holds on it.
  /// So a second opener must be stopped before it touches the file.
  private static final Set<Path> OPEN_HERE = ConcurrentHashMap.newKeySet();

  private final Path path;
  private final FileChannel channel;

  private DataFolder(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  static DataFolder open(Path wanted) {
    Path path = create(wanted);
    if (!OPEN_HERE.add(path)) {
      throw inUse(path, ProcessHandle.current().pid() + "");
    }
    FileChannel channel = null;
    try {
      channel = openLockFile(path.resolve("engram.lock"));
      lock(path, channel);
      checkFormat(path);
      checkSpace(path);
      return new DataFolder(path, channel);
    } catch (IOException e) {
      closeQuietly(path, channel);
      throw notWritable(path, e);
    } catch (RuntimeException e) {
      closeQuietly(path, channel);
      throw e;
    }
  }

  Path path() {
    return path;
  }

  /// Everything of PostgreSQL: programs, cluster, passwords, log.
  Path postgres() {
    return path.resolve("postgres");
  }

  @Override
  public void close() {
    closeQuietly(path, channel);
  }

  static void checkSpace(Path path) throws IOException {
    long freeBytes = Files.getFileStore(path).getUsableSpace();
    if (freeBytes < FREE_BYTES_MIN) {
      throw diskFull(path, freeBytes);
    }
  }

  static DataFolderException diskFull(Path path, long freeBytes) {
    return new DataFolderException(
        Reason.DISK_FULL,
        "The disk of the data folder %s is full: %d MB are free and at least %d MB are needed."
            .formatted(path, freeBytes >> 20, FREE_BYTES_MIN >> 20));
  }

  static DataFolderException notWritable(Path path, IOException cause) {
    String message = cause.getMessage();
    if (message != null && message.contains("No space left on device")) {
      return diskFull(path, 0);
    }
    return new DataFolderException(
        Reason.NOT_WRITABLE,
        "The data folder %s cannot be written to by this user.".formatted(path),
        cause);
  }

  /// Only the owner may look inside. Quietly nothing where the file system knows no such rights.
  static void makePrivate(Path path, boolean executable) throws IOException {
    var view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
    if (view != null) {
      view.setPermissions(
          PosixFilePermissions.fromString(
              executable || Files.isDirectory(path) ? "rwx------" : "rw-------"));
    }
  }

  /// Writes a file that only the owner may read, all of it or nothing.
  static void writePrivate(Path file, String content) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(temporary);
    Files.createFile(temporary);
    makePrivate(temporary, false);
    Files.writeString(temporary, content);
    Files.move(
        temporary, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  private static Path create(Path wanted) {
    Path absolute = wanted.toAbsolutePath().normalize();
    try {
      Files.createDirectories(absolute);
      Path real = absolute.toRealPath();
      makePrivate(real, true);
      return real;
    } catch (FileAlreadyExistsException e) {
      throw new DataFolderException(
          Reason.NOT_WRITABLE, "The data folder %s is not a folder.".formatted(absolute), e);
    } catch (IOException e) {
      throw notWritable(absolute, e);
    }
  }

  private static FileChannel openLockFile(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    makePrivate(file, false);
    return channel;
  }

  private static void lock(Path path, FileChannel channel) throws IOException {
    FileLock lock = channel.tryLock();
    if (lock == null) {
      throw inUse(path, Files.readString(path.resolve("engram.lock")).strip());
    }
    channel.truncate(0);
    String pid = ProcessHandle.current().pid() + "\n";
    channel.write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII)));
    channel.force(true);
  }

  private static void checkFormat(Path path) throws IOException {
    Path file = path.resolve("VERSION");
    if (!Files.exists(file)) {
      writePrivate(file, FORMAT_PREFIX + FORMAT + "\n");
      return;
    }
    String line = Files.readString(file).strip();
    int format = formatOf(line);
    if (format != FORMAT) {
      throw new DataFolderException(
          Reason.NEWER_ENGRAM,
          "The data folder %s belongs to a newer Engram: its VERSION says \"%s\" and this one knows \"%s\"."
              .formatted(path, shortened(line), FORMAT_PREFIX + FORMAT));
    }
  }

  /// The number in `engram-data N`, or one that no Engram ever wrote.
  private static int formatOf(String line) {
    try {
      return line.startsWith(FORMAT_PREFIX)
          ? Integer.parseInt(line.substring(FORMAT_PREFIX.length()))
          : -1;
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static String shortened(String line) {
    return line.length() > 40 ? line.substring(0, 40) + "…" : line;
  }

  private static DataFolderException inUse(Path path, String pid) {
    return new DataFolderException(
        Reason.IN_USE,
        "The data folder %s is in use by another Engram (process %s)."
            .formatted(path, pid.isEmpty() ? "unknown" : shortened(pid)));
  }

  private static void closeQuietly(Path path, @Nullable FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      OPEN_HERE.remove(path);
    }
  }
}
