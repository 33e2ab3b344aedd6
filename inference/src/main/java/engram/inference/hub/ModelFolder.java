package engram.inference.hub;

import engram.inference.hub.HubException.Reason;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// The folder with the models: one folder each, with a manifest that is written last. A folder
/// without one is a pull that has not ended.
final class ModelFolder {
  /// With this our own files begin; a model has none such.
  static final String OWN = ".engram-";

  private static final String MANIFEST = OWN + "manifest.json";
  private static final JsonMapper MAPPER = new JsonMapper();

  private final Path root;

  ModelFolder(Path root) {
    this.root = root;
  }

  Path of(ModelName name) {
    return root.resolve(name.folder());
  }

  /// Where a file lies until it is whole; named by its content, so another revision does not go on
  /// with it.
  Path partial(ModelName name, ModelManifest.File file) {
    String digest = file.digest().substring(file.digest().indexOf(':') + 1);
    return of(name).resolve(OWN + "partial-" + digest);
  }

  Optional<ModelManifest> manifest(ModelName name) throws IOException {
    return manifest(of(name));
  }

  List<ModelManifest> manifests() throws IOException {
    if (!Files.isDirectory(root)) {
      return List.of();
    }
    List<ModelManifest> manifests = new java.util.ArrayList<>();
    try (Stream<Path> folders = Files.list(root)) {
      for (Path folder : folders.sorted().toList()) {
        manifest(folder).ifPresent(manifests::add);
      }
    }
    return manifests;
  }

  private static Optional<ModelManifest> manifest(Path folder) throws IOException {
    Path file = folder.resolve(MANIFEST);
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(MAPPER.readValue(Files.readAllBytes(file), ModelManifest.class));
    } catch (JacksonException damaged) {
      throw new HubException(
          Reason.DAMAGED, "the manifest " + file + " is damaged: pull the model again", damaged);
    }
  }

  void write(ModelName name, ModelManifest manifest) throws IOException {
    Path file = of(name).resolve(MANIFEST);
    Path beside = of(name).resolve(MANIFEST + ".new");
    Files.write(beside, MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(manifest));
    Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /// While the manifest is away the model counts as not there.
  void forget(ModelName name) throws IOException {
    Files.deleteIfExists(of(name).resolve(MANIFEST));
  }

  /// Whether a file lies there whole; looks at its size only, as it was checked when it came.
  boolean has(ModelName name, ModelManifest.File file) throws IOException {
    Path path = of(name).resolve(file.path());
    return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) && Files.size(path) == file.bytes();
  }

  long usableBytes() throws IOException {
    Files.createDirectories(root);
    return Files.getFileStore(root).getUsableSpace();
  }

  /// Files that the manifest does not name: of an older revision, or left by a break.
  void removeOthers(ModelName name, List<ModelManifest.File> files) throws IOException {
    Path folder = of(name);
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        String relative = folder.relativize(path).toString().replace('\\', '/');
        boolean named =
            files.stream()
                .anyMatch(
                    file -> file.path().equals(relative) || file.path().startsWith(relative + "/"));
        boolean own = relative.equals(MANIFEST);
        if (!named && !own && !relative.isEmpty()) {
          Files.delete(path);
        }
      }
    }
  }

  void delete(ModelName name) throws IOException {
    forget(name);
    try (Stream<Path> paths = Files.walk(of(name))) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /// A model's lock, held against other threads and processes; it lies beside the model's folder.
  ///
  /// @throws HubException if somebody else holds it
  Lock lock(ModelName name) throws IOException {
    Files.createDirectories(root);
    Path file = root.resolve(OWN + name.folder() + ".lock");
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    @Nullable FileLock lock = null;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException ofThisProcess) {
      // As if another process held it.
    }
    if (lock == null) {
      channel.close();
      throw new HubException(
          Reason.BUSY, "'" + name + "' is being pulled or removed by somebody else just now");
    }
    return new Lock(channel);
  }

  /// Held until closed. The file stays: deleting it would let two hold locks on two files.
  record Lock(FileChannel channel) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
