package engram.db;

import engram.db.DataFolderException.Reason;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.jar.JarEntry;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;
import org.tukaani.xz.XZInputStream;

/// PostgreSQL's own programs, unpacked from the class path into a private folder.
///
/// An unpacked folder is trusted only if its marker names the hash of the archive that this jar
/// carries: an unpacking that was cut off, or another version, is replaced.
///
/// @param home folder that holds `bin`, `lib` and `share`
/// @param version for example `18.6`
record PostgresBinaries(Path home, String version) {
  private static final String MARKER = ".unpacked";

  /// More than ten times what the archive holds today.
  private static final long UNPACKED_BYTES_MAX = 1L << 30;

  private static final Pattern VERSION = Pattern.compile("PostgreSQL\\) ([0-9]+(?:\\.[0-9]+)*)");

  /// The program's path.
  Path program(String name) {
    boolean windows = System.getProperty("os.name", "").startsWith("Windows");
    return home.resolve("bin").resolve(windows ? name + ".exe" : name);
  }

  int major() {
    int dot = version.indexOf('.');
    return Integer.parseInt(dot < 0 ? version : version.substring(0, dot));
  }

  /// Finds or makes the unpacked programs below `folder`.
  static PostgresBinaries unpack(Path folder, Consumer<String> log) throws IOException {
    String resource = resource();
    String hash = hash(resource);
    PostgresBinaries found = find(folder, hash);
    if (found != null) {
      return found;
    }
    log.accept("Unpacking PostgreSQL");
    Path temporary = folder.resolve("unpacking");
    delete(temporary);
    createPrivate(temporary);
    extract(resource, temporary);
    String version = versionOf(temporary);
    DataFolder.writePrivate(temporary.resolve(MARKER), hash + " " + version + "\n");
    Path home = folder.resolve("bin-" + version);
    delete(home);
    Files.move(temporary, home, StandardCopyOption.ATOMIC_MOVE);
    return new PostgresBinaries(home, version);
  }

  /// Makes a folder, and those above it that are missing, for the owner only.
  static void createPrivate(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    createPrivate(parentOf(folder));
    Files.createDirectory(folder);
    DataFolder.makePrivate(folder, true);
  }

  /// Deletes a folder with all in it, following no link.
  static void delete(Path tree) throws IOException {
    if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        tree,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException e)
              throws IOException {
            if (e != null) {
              throw e;
            }
            Files.delete(folder);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static @Nullable PostgresBinaries find(Path folder, String hash) throws IOException {
    try (var children = Files.newDirectoryStream(folder, "bin-*")) {
      for (Path home : children) {
        Path marker = home.resolve(MARKER);
        if (Files.isRegularFile(marker)) {
          String[] words = Files.readString(marker).strip().split(" ", 2);
          if (words.length == 2 && words[0].equals(hash)) {
            return new PostgresBinaries(home, words[1]);
          }
        }
      }
    }
    return null;
  }

  private static String resource() {
    String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    String arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    String system = os.startsWith("mac") ? "darwin" : os.startsWith("windows") ? "windows" : os;
    String machine = arch.equals("aarch64") || arch.equals("arm64") ? "arm_64" : "x86_64";
    String name = "postgres-%s-%s.txz".formatted(system, machine);
    if (loader().getResource(name) == null) {
      throw new DataFolderException(
          Reason.NOT_SUPPORTED,
          "This build of Engram carries no PostgreSQL for %s on %s.".formatted(os, arch));
    }
    return name;
  }

  private static ClassLoader loader() {
    ClassLoader loader = PostgresBinaries.class.getClassLoader();
    return loader == null ? ClassLoader.getSystemClassLoader() : loader;
  }

  private static InputStream open(String resource) throws IOException {
    InputStream stream = loader().getResourceAsStream(resource);
    if (stream == null) {
      throw new IOException("No resource " + resource);
    }
    return stream;
  }

  /// Tells one archive from another. In a jar, the checksum that the jar itself keeps: reading the
  /// archive at every start would take a third of a second.
  private static String hash(String resource) throws IOException {
    URL url = loader().getResource(resource);
    if (url != null && url.openConnection() instanceof JarURLConnection connection) {
      JarEntry entry = connection.getJarEntry();
      return "crc32-%08x-%d".formatted(entry.getCrc(), entry.getSize());
    }
    CRC32 crc = new CRC32();
    try (var in = new CheckedInputStream(open(resource), crc)) {
      long size = in.transferTo(OutputStream.nullOutputStream());
      return "crc32-%08x-%d".formatted(crc.getValue(), size);
    }
  }

  private static void extract(String resource, Path target) throws IOException {
    long leftBytes = UNPACKED_BYTES_MAX;
    try (var tar =
        new TarArchiveInputStream(
            new XZInputStream(new BufferedInputStream(open(resource), 1 << 16)))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        leftBytes -= entry.getSize();
        if (leftBytes < 0) {
          throw new IOException("The PostgreSQL archive unpacks to more than 1 GiB");
        }
        extract(entry, tar, target);
      }
    }
  }

  private static void extract(TarArchiveEntry entry, InputStream content, Path target)
      throws IOException {
    Path path = inside(target, target.resolve(entry.getName()));
    if (entry.isDirectory()) {
      createPrivate(path);
    } else if (entry.isSymbolicLink()) {
      createPrivate(parentOf(path));
      inside(target, path.resolveSibling(entry.getLinkName()));
      Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
    } else if (entry.isFile()) {
      createPrivate(parentOf(path));
      Files.copy(content, path);
      DataFolder.makePrivate(path, (entry.getMode() & 0100) != 0);
    } else {
      throw new IOException("Unexpected entry in the PostgreSQL archive: " + entry.getName());
    }
  }

  private static Path inside(Path folder, Path path) throws IOException {
    Path normal = path.normalize();
    if (!normal.startsWith(folder)) {
      throw new IOException("The PostgreSQL archive reaches outside of its folder: " + path);
    }
    return normal;
  }

  private static Path parentOf(Path path) throws IOException {
    Path parent = path.getParent();
    if (parent == null) {
      throw new IOException("No folder above " + path);
    }
    return parent;
  }

  /// Asked of the program itself, so that the folder's name cannot lie.
  private static String versionOf(Path home) throws IOException {
    var program = new PostgresBinaries(home, "").program("pg_ctl");
    String answer = PostgresCommand.firstLine(program, "--version");
    Matcher matcher = VERSION.matcher(answer);
    if (!matcher.find()) {
      throw new DataFolderException(
          Reason.NOT_SUPPORTED,
          "The PostgreSQL that Engram carries does not run here: %s".formatted(answer));
    }
    return matcher.group(1);
  }
}
