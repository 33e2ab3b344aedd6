package engram.memory.vault;

import engram.memory.KeyVault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;

/// A folder with one file per subject, each key wrapped with the folder's own master key.
///
/// A file's name is a keyed hash of tenant and user, so the folder names nobody. Back up this
/// folder apart from the database and for a shorter time: a destroyed key is gone when its last
/// copy is.
///
/// A file appears whole or not at all: it is written and synced under another name, then linked.
public final class FileKeyVault implements KeyVault {
  private static final int KEY_BYTES = 32;
  private static final String MASTER = "master.key";
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Path folder;
  private final SubjectCipher master;

  private FileKeyVault(Path folder, SubjectCipher master) {
    this.folder = folder;
    this.master = master;
  }

  /// @param folder made if absent, readable by this account alone
  public static FileKeyVault open(Path folder) {
    try {
      Files.createDirectories(folder);
      restrict(folder, "rwx------");
      Path file = folder.resolve(MASTER);
      byte[] key = read(file).orElse(null);
      if (key == null) {
        create(file, random());
        key = Files.readAllBytes(file);
      }
      if (key.length != KEY_BYTES) {
        throw new IOException(
            "the master key %s has %d bytes, not %d".formatted(file, key.length, KEY_BYTES));
      }
      return new FileKeyVault(folder, new SubjectCipher(key));
    } catch (IOException e) {
      throw new UncheckedIOException("The key folder " + folder + " cannot be opened", e);
    }
  }

  @Override
  public byte[] obtain(UUID tenant, String user) {
    // Whoever loses the race to make it reads the winner's.
    for (int tries = 0; tries < 10; tries++) {
      Optional<byte[]> found = find(tenant, user);
      if (found.isPresent()) {
        return found.get();
      }
      try {
        Path file = file(tenant, user);
        Files.createDirectories(file.getParent());
        create(file, master.seal(random(), context(tenant, user)));
      } catch (IOException e) {
        throw new UncheckedIOException("A key cannot be made", e);
      }
    }
    throw new IllegalStateException("A key was destroyed as often as it was made");
  }

  @Override
  public Optional<byte[]> find(UUID tenant, String user) {
    try {
      return read(file(tenant, user)).map(sealed -> master.open(sealed, context(tenant, user)));
    } catch (IOException e) {
      throw new UncheckedIOException("A key cannot be read", e);
    }
  }

  @Override
  public boolean destroy(UUID tenant, String user) {
    Path file = file(tenant, user);
    try {
      if (!Files.exists(file)) {
        return false;
      }
      // Old bytes may outlive an unlinked file on disk; wrapped they are, so this is a second lock.
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.write(java.nio.ByteBuffer.wrap(new byte[(int) channel.size()]));
        channel.force(true);
      }
      boolean gone = Files.deleteIfExists(file);
      syncFolderOf(file);
      return gone;
    } catch (NoSuchFileException alreadyGone) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException("A key cannot be destroyed", e);
    }
  }

  private Path file(UUID tenant, String user) {
    byte[] hash = master.digest("subject", context(tenant, user));
    String name = HexFormat.of().formatHex(hash);
    return folder.resolve(name.substring(0, 2)).resolve(name.substring(2));
  }

  private static byte[] context(UUID tenant, String user) {
    return (tenant + "/" + user).getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] random() {
    byte[] key = new byte[KEY_BYTES];
    RANDOM.nextBytes(key);
    return key;
  }

  private static Optional<byte[]> read(Path file) throws IOException {
    try {
      byte[] bytes = Files.readAllBytes(file);
      return isErased(bytes) ? Optional.empty() : Optional.of(bytes);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /// Between overwriting and unlinking, another reader may see zeros.
  private static boolean isErased(byte[] bytes) {
    return Arrays.equals(bytes, new byte[bytes.length]);
  }

  static void create(Path file, byte[] content) throws IOException {
    Path draft = Files.createTempFile(file.getParent(), ".new", "");
    try {
      restrict(draft, "rw-------");
      try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
        channel.write(java.nio.ByteBuffer.wrap(content));
        channel.force(true);
      }
      Files.createLink(file, draft);
      syncFolderOf(file);
    } catch (FileAlreadyExistsException another) {
      // Made meanwhile: the caller reads that one.
    } finally {
      Files.delete(draft);
    }
  }

  private static void restrict(Path path, String permissions) throws IOException {
    if (path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }
  }

  private static void syncFolderOf(Path file) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    if (directory == null) {
      return;
    }
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (java.nio.file.AccessDeniedException e) {
      // Windows opens no directories; there the rename is what it is.
    }
  }
}
