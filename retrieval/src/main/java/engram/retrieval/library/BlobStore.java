package engram.retrieval.library;

import static engram.retrieval.RefusedException.Reason.NO_SPACE;
import static engram.retrieval.RefusedException.Reason.TOO_LARGE;

import engram.retrieval.RefusedException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/// Originals on disk, by tenant and content: `<root>/<tenant>/<2 hex>/<sha-256>`.
///
/// A file that has its final name is complete and durable: bytes go to a temporary file, which is
/// synced, renamed and its folder synced. Killed at any moment, only temporary files are left over,
/// or complete files that no row refers to. Whether a file may go is decided by [Blobs], which
/// knows the rows. Threads: any; two that store the same bytes both succeed.
public final class BlobStore {
  private static final int BUFFER_BYTES = 128 * 1024;
  private static final long SPACE_CHECK_BYTES = 16L << 20;
  private static final boolean WINDOWS =
      System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("windows");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  private final Path root;
  private final Path incoming;
  private final long freeSpaceFloorBytes;

  /// @param root made when missing
  /// @param freeSpaceFloorBytes a write that would leave less free is refused
  public BlobStore(Path root, long freeSpaceFloorBytes) {
    this.root = root.toAbsolutePath();
    this.incoming = this.root.resolve("incoming");
    this.freeSpaceFloorBytes = freeSpaceFloorBytes;
    try {
      makeFolder(incoming);
    } catch (IOException e) {
      throw new UncheckedIOException("The folder of originals cannot be made: " + incoming, e);
    }
  }

  /// Bytes that are on disk but do not count yet. Closing throws them away unless they were kept.
  record Received(Path path, String sha256, long bytes) implements AutoCloseable {
    @Override
    public void close() {
      try {
        Files.deleteIfExists(path);
      } catch (IOException e) {
        throw new UncheckedIOException("A temporary file cannot be removed: " + path, e);
      }
    }
  }

  /// Reads to the end of `content` and syncs what it read.
  ///
  /// @param also sees the bytes on their way
  Received receive(InputStream content, long bytesMax, MessageDigest... also) {
    Path path = incoming.resolve(UUID.randomUUID() + ".part");
    boolean complete = false;
    try {
      Received received = copy(content, path, bytesMax, also);
      complete = true;
      return received;
    } catch (IOException e) {
      if (freeBytes() < freeSpaceFloorBytes + SPACE_CHECK_BYTES || saysDiskIsFull(e)) {
        throw noSpace();
      }
      throw new UncheckedIOException("The content could not be stored", e);
    } finally {
      if (!complete) {
        discard(path);
      }
    }
  }

  private Received copy(InputStream content, Path path, long bytesMax, MessageDigest... also)
      throws IOException {
    MessageDigest sha256 = digest("SHA-256");
    byte[] buffer = new byte[BUFFER_BYTES];
    long bytes = 0;
    long nextSpaceCheck = 0;
    try (FileChannel out =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
        bytes += read;
        if (bytes > bytesMax) {
          throw new RefusedException(
              TOO_LARGE, "file_too_large", "The content is larger than " + bytesMax + " bytes.");
        }
        if (bytes >= nextSpaceCheck) {
          if (freeBytes() < freeSpaceFloorBytes) {
            throw noSpace();
          }
          nextSpaceCheck = bytes + SPACE_CHECK_BYTES;
        }
        sha256.update(buffer, 0, read);
        for (MessageDigest digest : also) {
          digest.update(buffer, 0, read);
        }
        ByteBuffer rest = ByteBuffer.wrap(buffer, 0, read);
        while (rest.hasRemaining()) {
          out.write(rest);
        }
      }
      out.force(true);
    }
    return new Received(path, HexFormat.of().formatHex(sha256.digest()), bytes);
  }

  /// Where bytes with this address lie, if they do.
  public Path path(UUID tenant, String sha256) {
    if (!SHA256.matcher(sha256).matches()) {
      throw new IllegalArgumentException("not a SHA-256 in hexadecimal: " + sha256);
    }
    return root.resolve(tenant.toString()).resolve(sha256.substring(0, 2)).resolve(sha256);
  }

  /// Gives received bytes their final name. Does nothing if they have it already.
  void keep(UUID tenant, Received received) {
    Path target = path(tenant, received.sha256());
    try {
      Path folder = root.resolve(tenant.toString()).resolve(received.sha256().substring(0, 2));
      makeFolder(folder);
      if (Files.exists(target) && Files.size(target) == received.bytes()) {
        // Whoever renamed it may have been killed before the folder was synced.
        sync(folder);
        return;
      }
      Files.move(
          received.path(),
          target,
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
      sync(folder);
    } catch (IOException e) {
      if (saysDiskIsFull(e)) {
        throw noSpace();
      }
      throw new UncheckedIOException("The content could not be stored", e);
    }
  }

  /// @return whether there was something to remove
  boolean remove(UUID tenant, String sha256) {
    Path path = path(tenant, sha256);
    try {
      boolean removed = Files.deleteIfExists(path);
      if (removed) {
        sync(root.resolve(tenant.toString()).resolve(sha256.substring(0, 2)));
      }
      return removed;
    } catch (IOException e) {
      throw new UncheckedIOException("An original cannot be removed: " + path, e);
    }
  }

  /// Removes temporary files that nobody can be writing any more.
  int sweepIncoming(Instant before) {
    int removed = 0;
    for (Path path : list(incoming)) {
      if (isOlder(path, before)) {
        discard(path);
        removed++;
      }
    }
    return removed;
  }

  /// Addresses of a tenant's files that were written before a time, at most `batch` at once.
  void forEachAddress(UUID tenant, Instant before, int batch, Consumer<List<String>> found) {
    for (Path folder : list(root.resolve(tenant.toString()))) {
      List<String> addresses = new ArrayList<>();
      try (DirectoryStream<Path> paths = Files.newDirectoryStream(folder)) {
        for (Path path : paths) {
          String name = path.getFileName().toString();
          if (SHA256.matcher(name).matches() && isOlder(path, before)) {
            addresses.add(name);
          }
          if (addresses.size() == batch) {
            found.accept(List.copyOf(addresses));
            addresses.clear();
          }
        }
      } catch (IOException | DirectoryIteratorException e) {
        throw new UncheckedIOException(
            "A folder of originals cannot be read: " + folder,
            e instanceof DirectoryIteratorException inside ? inside.getCause() : (IOException) e);
      }
      if (!addresses.isEmpty()) {
        found.accept(List.copyOf(addresses));
      }
    }
  }

  static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(algorithm + " is part of every JDK", e);
    }
  }

  private static List<Path> list(Path folder) {
    List<Path> paths = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
      stream.forEach(paths::add);
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw new UncheckedIOException("A folder of originals cannot be read: " + folder, e);
    }
    return paths;
  }

  private static boolean isOlder(Path path, Instant before) {
    try {
      return Files.getLastModifiedTime(path).toInstant().isBefore(before);
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException("An original cannot be looked at: " + path, e);
    }
  }

  private static void discard(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      // The sweep removes it later; what the caller is told is why the write failed.
      System.getLogger(BlobStore.class.getName())
          .log(System.Logger.Level.WARNING, "A temporary file stays until the next sweep: " + e);
    }
  }

  private void makeFolder(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    Path parent = folder.getParent();
    if (parent != null) {
      makeFolder(parent);
    }
    try {
      Files.createDirectory(folder);
      if (parent != null) {
        sync(parent);
      }
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(folder)) {
        throw e;
      }
    }
  }

  /// A rename is durable once its folder is. Windows cannot open folders and needs no such call.
  private static void sync(Path folder) throws IOException {
    if (WINDOWS) {
      return;
    }
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private long freeBytes() {
    try {
      return Files.getFileStore(incoming).getUsableSpace();
    } catch (IOException e) {
      return 0;
    }
  }

  private static boolean saysDiskIsFull(IOException e) {
    String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    return message.contains("no space left")
        || message.contains("not enough space")
        || message.contains("disk quota exceeded");
  }

  private static RefusedException noSpace() {
    return new RefusedException(
        NO_SPACE, "no_space", "The server's disk is full. Nothing was stored; try again later.");
  }
}
