package engram.eval.read;

import engram.retrieval.RefusedException;
import engram.retrieval.RefusedException.Reason;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/// The files of a data set, by their names relative to it: of a folder, of a zip archive, or a
/// single one. All that is read of them together has a bound, after unpacking.
public final class FileSet implements AutoCloseable {
  public static final String CODE = "judged_set_invalid";
  private static final int FILES_MAX = 10_000;
  private static final int DEPTH_MAX = 4;

  private final Map<String, Opener> openers;
  private final @Nullable ZipFile archive;
  private final long bytesMax;
  private long readBytes;

  private interface Opener {
    InputStream open() throws IOException;
  }

  private FileSet(Map<String, Opener> openers, @Nullable ZipFile archive, long bytesMax) {
    this.openers = openers;
    this.archive = archive;
    this.bytesMax = bytesMax;
  }

  public static FileSet of(Path path, long bytesMax) throws IOException {
    if (Files.isDirectory(path)) {
      return folder(path, bytesMax);
    }
    if (isZip(path)) {
      return zip(path, bytesMax);
    }
    String name = String.valueOf(path.getFileName());
    return new FileSet(Map.of(name, () -> Files.newInputStream(path)), null, bytesMax);
  }

  private static FileSet folder(Path folder, long bytesMax) throws IOException {
    Map<String, Opener> openers = new TreeMap<>();
    try (Stream<Path> found = Files.walk(folder, DEPTH_MAX)) {
      for (Path file : (Iterable<Path>) found::iterator) {
        // Links could lead anywhere.
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
          String name = folder.relativize(file).toString().replace('\\', '/');
          openers.put(name, () -> Files.newInputStream(file));
          checkCount(openers);
        }
      }
    }
    return new FileSet(openers, null, bytesMax);
  }

  private static FileSet zip(Path path, long bytesMax) throws IOException {
    ZipFile archive;
    try {
      archive = new ZipFile(path.toFile());
    } catch (ZipException damaged) {
      throw invalid("The archive is damaged: " + damaged.getMessage());
    }
    try {
      Map<String, Opener> openers = new TreeMap<>();
      for (ZipEntry entry :
          (Iterable<ZipEntry>) archive.stream().map(e -> (ZipEntry) e)::iterator) {
        if (!entry.isDirectory()) {
          openers.put(entry.getName(), () -> archive.getInputStream(entry));
          checkCount(openers);
        }
      }
      return new FileSet(openers, archive, bytesMax);
    } catch (RuntimeException refused) {
      archive.close();
      throw refused;
    }
  }

  private static void checkCount(Map<String, Opener> openers) {
    if (openers.size() > FILES_MAX) {
      throw new RefusedException(
          Reason.TOO_LARGE, CODE, "There are more than " + FILES_MAX + " files.");
    }
  }

  private static boolean isZip(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      byte[] head = in.readNBytes(4);
      return head.length == 4 && head[0] == 'P' && head[1] == 'K' && head[2] == 3 && head[3] == 4;
    }
  }

  /// The only file whose name, in lower case, without folders and without `.gz`, is wanted.
  ///
  /// @throws RefusedException if there are several
  Optional<String> find(Predicate<String> wanted) {
    List<String> found = openers.keySet().stream().filter(name -> wanted.test(base(name))).toList();
    if (found.size() > 1) {
      throw invalid("Which file is meant? " + String.join(", ", found));
    }
    return found.stream().findFirst();
  }

  /// Files in folders of this name, by their own names.
  Optional<String> findIn(String folder, String name) {
    return openers.keySet().stream()
        .filter(path ->
            ("/" + path).endsWith("/" + folder + "/" + name)
                || ("/" + path).endsWith("/" + folder + "/" + name + ".gz"))
        .findFirst();
  }

  static String base(String path) {
    String name = path.substring(path.lastIndexOf('/') + 1).toLowerCase(java.util.Locale.ROOT);
    return name.endsWith(".gz") ? name.substring(0, name.length() - 3) : name;
  }

  Lines lines(String name) throws IOException {
    return new Lines(name, open(name));
  }

  /// Unpacked where it is packed by gzip, whatever it is called.
  private InputStream open(String name) throws IOException {
    Opener opener = openers.get(name);
    if (opener == null) {
      throw invalid("There is no " + name + ".");
    }
    InputStream raw = new BufferedInputStream(opener.open());
    raw.mark(2);
    boolean gzip = raw.read() == 0x1f && raw.read() == 0x8b;
    raw.reset();
    return new Counted(gzip ? new GZIPInputStream(raw, 1 << 16) : raw);
  }

  static RefusedException invalid(String message) {
    return new RefusedException(Reason.INVALID, CODE, message);
  }

  @Override
  public void close() throws IOException {
    if (archive != null) {
      archive.close();
    }
  }

  private final class Counted extends FilterInputStream {
    Counted(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int next = super.read();
      count(next < 0 ? 0 : 1);
      return next;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int read = super.read(target, offset, length);
      count(Math.max(0, read));
      return read;
    }

    private void count(int bytes) {
      readBytes += bytes;
      if (readBytes > bytesMax) {
        throw new RefusedException(
            Reason.TOO_LARGE, CODE, "The set is larger than " + bytesMax + " bytes, unpacked.");
      }
    }
  }
}
