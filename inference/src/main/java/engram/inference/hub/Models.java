package engram.inference.hub;

import engram.inference.hub.HubException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The models of this machine: pulled from a hub, listed, shown, removed.
///
/// A model that is listed is whole: each file was checked against the hub's checksum before it got
/// its name, and the manifest is written last. A pull that breaks is gone on with by the next one.
///
/// Threads and processes: any number; two that change the same model do not meet, the second is
/// told so at once.
public final class Models {
  // Left free on the disk.
  private static final long RESERVE_BYTES = 64 << 20;

  private final ModelFolder folder;
  private final Clock clock;

  /// @param folder that holds the models; made when the first comes
  public Models(Path folder, Clock clock) {
    this.folder = new ModelFolder(folder);
    this.clock = clock;
  }

  /// Fetches a model, or brings it to the state that its revision has on the hub now. Files that
  /// are there already are not fetched again.
  ///
  /// @throws HubException if it cannot be had; the message is one line
  /// @throws InterruptedException if the thread is interrupted; what has arrived is kept
  public ModelManifest pull(ModelName name, HubSettings settings, PullProgress progress)
      throws InterruptedException {
    try (ModelFolder.Lock _ = folder.lock(name);
        HubHttp http = new HubHttp(settings)) {
      Repository repository = Repository.read(settings, http, name);
      List<ModelManifest.File> files = Selection.of(name, repository.files());
      ModelManifest manifest =
          new ModelManifest(name.toString(), repository.commit(), clock.instant(), files);
      Optional<ModelManifest> before = readable(name);
      List<ModelManifest.File> missing = missing(name, before, files);
      requireRoom(name, settings, manifest, missing);
      if (!missing.isEmpty()) {
        folder.forget(name);
        long done = manifest.bytes() - bytes(missing);
        for (ModelManifest.File file : missing) {
          long doneBefore = done;
          new Download(
                  settings,
                  http,
                  repository.address(settings, name, file.path()),
                  file,
                  folder.partial(name, file),
                  folder.of(name).resolve(file.path()))
              .run(bytes -> progress.at(file.path(), doneBefore + bytes, manifest.bytes()));
          done += file.bytes();
        }
      }
      folder.write(name, manifest);
      folder.removeOthers(name, files);
      return manifest;
    } catch (IOException failed) {
      throw disk(failed);
    }
  }

  /// All models that are here, by name.
  public List<ModelManifest> list() {
    try {
      return folder.manifests();
    } catch (IOException failed) {
      throw disk(failed);
    }
  }

  /// @return empty if the model is not here, or not whole yet
  public Optional<ModelManifest> show(ModelName name) {
    try {
      return folder.manifest(name);
    } catch (IOException failed) {
      throw disk(failed);
    }
  }

  /// The folder with a model's files.
  ///
  /// @throws HubException if the model is not here
  public Path path(ModelName name) {
    if (show(name).isEmpty()) {
      throw absent(name);
    }
    return folder.of(name);
  }

  /// Removes a model, or what a broken pull has left of it.
  ///
  /// @throws HubException if there is nothing, or somebody is pulling it
  public void remove(ModelName name) {
    try (ModelFolder.Lock _ = folder.lock(name)) {
      if (!Files.isDirectory(folder.of(name))) {
        throw absent(name);
      }
      folder.delete(name);
    } catch (IOException failed) {
      throw disk(failed);
    }
  }

  /// A damaged manifest is as good as none: the pull mends it.
  private Optional<ModelManifest> readable(ModelName name) throws IOException {
    try {
      return folder.manifest(name);
    } catch (HubException damaged) {
      return Optional.empty();
    }
  }

  /// Files that are not here as they are on the hub. Without a manifest a file that has its name is
  /// from a pull that broke, and was checked; its content is compared anew all the same, as the
  /// revision may have moved since.
  private List<ModelManifest.File> missing(
      ModelName name, Optional<ModelManifest> before, List<ModelManifest.File> files)
      throws IOException {
    List<ModelManifest.File> missing = new ArrayList<>();
    for (ModelManifest.File file : files) {
      boolean known = before.map(manifest -> manifest.files().contains(file)).orElse(false);
      Path path = folder.of(name).resolve(file.path());
      boolean here = folder.has(name, file) && (known || Digests.matches(path, file.digest()));
      if (!here) {
        missing.add(file);
      }
    }
    return missing;
  }

  private void requireRoom(
      ModelName name,
      HubSettings settings,
      ModelManifest manifest,
      List<ModelManifest.File> missing)
      throws IOException {
    if (manifest.bytes() < 0 || manifest.bytes() > settings.maxBytes()) {
      throw new HubException(
          Reason.TOO_LARGE,
          "'"
              + name
              + "' has "
              + manifest.bytes()
              + " bytes > the limit of "
              + settings.maxBytes());
    }
    Files.createDirectories(folder.of(name));
    long partial = 0;
    for (ModelManifest.File file : missing) {
      Path path = folder.partial(name, file);
      partial += Files.exists(path) ? Files.size(path) : 0;
    }
    long needed = bytes(missing) - partial;
    long usable = folder.usableBytes();
    if (needed > 0 && needed > usable - RESERVE_BYTES) {
      throw new HubException(
          Reason.NO_SPACE,
          "'" + name + "' needs " + needed + " bytes more and the disk has " + usable + " left");
    }
  }

  private static long bytes(List<ModelManifest.File> files) {
    return files.stream().mapToLong(ModelManifest.File::bytes).sum();
  }

  private static HubException absent(ModelName name) {
    return new HubException(Reason.NOT_FOUND, "'" + name + "' is not here: pull it first");
  }

  private static HubException disk(IOException failed) {
    return new HubException(
        Reason.NO_SPACE, "the models' folder cannot be read or written: " + failed, failed);
  }
}
