package engram.inference.tier;

import engram.inference.KvTier;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Parts of caches in files of one folder, which one process uses at a time.
///
/// A part is written beside its place, synced and renamed, so after a crash it is there whole or
/// not at all; and it is read only if its checksum and its full name agree, so a damaged or foreign
/// file is as good as absent (and is deleted). When the folder is full the parts that were not used
/// for longest go. Files are readable by their owner only: a cache can be read back as the text
/// that it was computed from.
public final class FileTier implements KvTier {
  public static final String NAME = "file";

  private static final Logger LOG = LoggerFactory.getLogger(FileTier.class);
  private static final String PART = ".kv";
  private static final String UNFINISHED = ".tmp";

  private static final double SECONDS_PER_PART = 1e-4;

  /// Of each read; so the last dozen or so count.
  private static final double WEIGHT = 0.1;

  private static final long MEASURED_BYTES = 1 << 20;

  /// Reads and writes at the same time; more only make a disk seek.
  private static final int WORKERS = 4;

  private final Path folder;
  private final long bytesMax;
  private final ExecutorService workers =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("file-tier-", 0).factory());
  private final Semaphore slots = new Semaphore(WORKERS);

  /// Sizes by file name, least recently used first.
  private final LinkedHashMap<String, Long> sizes = new LinkedHashMap<>(16, 0.75f, true);

  private long usedBytes;
  private long unfinished;
  private double bytesPerSecond = 1e9;

  /// @param bytesMax of all files together
  /// @throws IOException if the folder cannot be made or read
  public FileTier(Path folder, long bytesMax) throws IOException {
    if (bytesMax < 1) {
      throw new IllegalArgumentException("bytesMax " + bytesMax + " < 1");
    }
    this.folder = folder;
    this.bytesMax = bytesMax;
    Files.createDirectories(folder);
    for (Path file : inOrderOfUse(folder)) {
      String name = file.getFileName().toString();
      if (name.endsWith(UNFINISHED)) {
        Files.deleteIfExists(file);
      } else if (name.endsWith(PART)) {
        long size = Files.size(file);
        sizes.put(name, size);
        usedBytes += size;
      }
    }
    shrinkTo(bytesMax);
  }

  private static List<Path> inOrderOfUse(Path folder) throws IOException {
    record Aged(Path file, long modified) {}
    List<Aged> files = new ArrayList<>();
    try (Stream<Path> all = Files.list(folder)) {
      for (Path file : all.toList()) {
        files.add(new Aged(file, Files.getLastModifiedTime(file).toMillis()));
      }
    }
    return files.stream().sorted(Comparator.comparingLong(Aged::modified)).map(Aged::file).toList();
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public CompletableFuture<Boolean> put(PartKey key, MemorySegment bytes) {
    return CompletableFuture.supplyAsync(() -> inSlot(() -> write(key, bytes)), workers);
  }

  private boolean write(PartKey key, MemorySegment bytes) throws IOException {
    PartFile.Header header = PartFile.header(key, bytes);
    long size = header.bytes().length + bytes.byteSize();
    if (size > bytesMax) {
      return false;
    }
    String name = PartFile.nameOf(key) + PART;
    Path beside = folder.resolve(name + "." + nextUnfinished() + UNFINISHED);
    try {
      writeSynced(beside, header.bytes(), bytes);
      synchronized (this) {
        shrinkTo(bytesMax - size);
        move(beside, folder.resolve(name));
        Long replaced = sizes.put(name, size);
        usedBytes += size - (replaced == null ? 0 : replaced);
      }
      return true;
    } finally {
      Files.deleteIfExists(beside);
    }
  }

  private synchronized long nextUnfinished() {
    return unfinished++;
  }

  private static void writeSynced(Path file, byte[] header, MemorySegment bytes)
      throws IOException {
    try (FileChannel channel = create(file)) {
      writeAll(channel, ByteBuffer.wrap(header));
      for (long at = 0; at < bytes.byteSize(); ) {
        long piece = Math.min(1 << 24, bytes.byteSize() - at);
        writeAll(channel, bytes.asSlice(at, piece).asByteBuffer());
        at += piece;
      }
      channel.force(true);
    }
  }

  private static FileChannel create(Path file) throws IOException {
    var options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return FileChannel.open(
          file,
          options,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
    return FileChannel.open(file, options);
  }

  private static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException("the folder " + to.getParent() + " cannot rename files at once", e);
    }
  }

  @Override
  public CompletableFuture<Optional<MemorySegment>> get(PartKey key) {
    return CompletableFuture.supplyAsync(() -> inSlot(() -> read(key)), workers);
  }

  private Optional<MemorySegment> read(PartKey key) throws IOException {
    String name = PartFile.nameOf(key) + PART;
    synchronized (this) {
      // Also tells that it was used.
      if (sizes.get(name) == null) {
        return Optional.empty();
      }
    }
    Optional<MemorySegment> bytes;
    long begin = System.nanoTime();
    try (FileChannel channel = FileChannel.open(folder.resolve(name), StandardOpenOption.READ)) {
      long size = channel.size();
      if (size > bytesMax) {
        bytes = Optional.empty();
      } else {
        MemorySegment file = Arena.ofAuto().allocate(size, ValueLayout.JAVA_LONG.byteAlignment());
        readAll(channel, file);
        bytes = PartFile.contentOf(file, key);
        took(size, (System.nanoTime() - begin) * 1e-9);
      }
    } catch (NoSuchFileException e) {
      bytes = Optional.empty();
    }
    if (bytes.isEmpty()) {
      LOG.warn("the cache file {} was damaged or gone, and is dropped", name);
      drop(name);
    }
    return bytes;
  }

  private static void readAll(FileChannel channel, MemorySegment into) throws IOException {
    for (long at = 0; at < into.byteSize(); ) {
      long piece = Math.min(1 << 24, into.byteSize() - at);
      ByteBuffer buffer = into.asSlice(at, piece).asByteBuffer();
      while (buffer.hasRemaining()) {
        if (channel.read(buffer, at + buffer.position()) < 0) {
          throw new IOException("a file became shorter while it was read");
        }
      }
      at += piece;
    }
  }

  @Override
  public void evict(PartKey key) {
    try {
      drop(PartFile.nameOf(key) + PART);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private synchronized void drop(String name) throws IOException {
    Long size = sizes.remove(name);
    if (size != null) {
      usedBytes -= size;
      Files.deleteIfExists(folder.resolve(name));
    }
  }

  private synchronized void shrinkTo(long bytes) throws IOException {
    while (usedBytes > bytes && !sizes.isEmpty()) {
      drop(sizes.firstEntry().getKey());
    }
  }

  /// Drops all parts.
  public synchronized void clear() throws IOException {
    shrinkTo(0);
  }

  public synchronized long usedBytes() {
    return usedBytes;
  }

  /// As reading was lately; a usual solid-state disk's before anything was read.
  @Override
  public synchronized Cost cost() {
    return new Cost(SECONDS_PER_PART, bytesPerSecond);
  }

  private synchronized void took(long bytes, double seconds) {
    // Of a small part most is the way there.
    if (bytes >= MEASURED_BYTES) {
      double rate = bytes / Math.max(1e-9, seconds);
      bytesPerSecond += WEIGHT * (rate - bytesPerSecond);
    }
  }

  /// What is stored stays, for the next that opens the folder.
  @Override
  public void close() {
    workers.close();
  }

  private interface Work<T> {
    T run() throws IOException;
  }

  private <T> T inSlot(Work<T> work) {
    slots.acquireUninterruptibly();
    try {
      return work.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      slots.release();
    }
  }
}
