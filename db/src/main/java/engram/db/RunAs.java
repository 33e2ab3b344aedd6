package engram.db;

import engram.db.DataFolderException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// As whom PostgreSQL's programs run. They refuse to run as root, so root needs a way round.
sealed interface RunAs {

  /// Words to put before a program's path.
  List<String> prefix();

  /// Gives the tree of PostgreSQL's files to whom the programs run as.
  void own(Path postgresFolder) throws IOException;

  /// As the user who runs this JVM.
  record Self() implements RunAs {
    @Override
    public List<String> prefix() {
      return List.of();
    }

    @Override
    public void own(Path postgresFolder) {}
  }

  /// In a user namespace of its own, where root looks like nobody but still owns root's files.
  record Namespace() implements RunAs {
    @Override
    public List<String> prefix() {
      return List.of("unshare", "-U");
    }

    @Override
    public void own(Path postgresFolder) throws IOException {
      if (uid(postgresFolder) != 0) {
        give(postgresFolder, 0, 0);
      }
    }
  }

  /// As another user of this machine, where user namespaces are forbidden.
  record OtherUser(int uid, int gid) implements RunAs {
    @Override
    public List<String> prefix() {
      return List.of("setpriv", "--reuid=" + uid, "--regid=" + gid, "--clear-groups");
    }

    @Override
    public void own(Path postgresFolder) throws IOException {
      give(postgresFolder, uid, gid);
      Path dataFolder = postgresFolder.getParent();
      if (dataFolder != null) {
        // That user must be able to walk through the data folder, though not to list it.
        Set<PosixFilePermission> walkable = PosixFilePermissions.fromString("rwx--x--x");
        Files.setPosixFilePermissions(dataFolder, walkable);
      }
    }
  }

  /// The first way that works here.
  static RunAs choose() throws IOException {
    if (!isRoot()) {
      return new Self();
    }
    if (PostgresCommand.succeeds("unshare", "-U", "true")) {
      return new Namespace();
    }
    return otherUser()
        .orElseThrow(() ->
            new DataFolderException(
                Reason.NOT_SUPPORTED,
                "PostgreSQL does not run as root, and neither unshare nor setpriv works here: start Engram as an ordinary user."));
  }

  /// The user `postgres` or `nobody`, if this machine has one and `setpriv` may switch to it.
  static Optional<OtherUser> otherUser() throws IOException {
    Path users = Path.of("/etc/passwd");
    if (!Files.isReadable(users)) {
      return Optional.empty();
    }
    List<String> lines = Files.readAllLines(users);
    for (String name : List.of("postgres", "nobody")) {
      for (String line : lines) {
        String[] fields = line.split(":", -1);
        if (fields.length >= 4 && fields[0].equals(name)) {
          var user = new OtherUser(Integer.parseInt(fields[2]), Integer.parseInt(fields[3]));
          if (PostgresCommand.succeeds(
              "setpriv",
              "--reuid=" + user.uid(),
              "--regid=" + user.gid(),
              "--clear-groups",
              "true")) {
            return Optional.of(user);
          }
        }
      }
    }
    return Optional.empty();
  }

  /// Whether this JVM runs with root's rights; false where the system knows no root.
  static boolean isRoot() throws IOException {
    Path self = Path.of("/proc/self");
    return Files.exists(self)
        ? uid(self) == 0
        : ProcessHandle.current().info().user().filter("root"::equals).isPresent();
  }

  private static int uid(Path path) throws IOException {
    return (Integer) Files.getAttribute(path, "unix:uid");
  }

  private static void give(Path tree, int uid, int gid) throws IOException {
    List<Path> paths;
    try (var walk = Files.walk(tree)) {
      paths = walk.toList();
    }
    for (Path path : paths) {
      Files.setAttribute(path, "unix:gid", gid, LinkOption.NOFOLLOW_LINKS);
      Files.setAttribute(path, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
    }
  }
}
