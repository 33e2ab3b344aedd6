package engram.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Where what is searched lies: the server's data, the bare index, the other database, and how long
/// each took to build. A folder that is kept needs not be built again, so a run that broke off goes
/// on after what it had built.
///
/// @param path of the folder
record SpeedFolder(Path path) {
  /// What is there.
  ///
  /// @param millisAdded until all was searchable
  /// @param millisMerged from then until the server came to rest
  record Built(String collection, int documents, long millisAdded, long millisMerged) {
    double seconds() {
      return (millisAdded + millisMerged) / 1e3;
    }
  }

  SpeedFolder {
    try {
      Files.createDirectories(path);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  Path server() {
    return path.resolve("server");
  }

  Path bare() {
    return path.resolve("bare");
  }

  Path postgres() {
    return path.resolve("postgresql");
  }

  /// @return null if the server has to be filled first
  @Nullable Built built() {
    return read("built", Built.class);
  }

  void keep(Built built) {
    write("built", built);
  }

  /// @param what `bare` or `postgresql`
  /// @return in how many seconds it was built; null if it is not there
  @Nullable Double secondsOf(String what) {
    return read(what, Double.class);
  }

  void keep(String what, double seconds) {
    write(what, seconds);
  }

  private <T> @Nullable T read(String name, Class<T> type) {
    Path file = path.resolve(name + ".json");
    return Files.exists(file) ? JsonMapper.shared().readValue(file.toFile(), type) : null;
  }

  private void write(String name, Object value) {
    JsonMapper.shared().writeValue(path.resolve(name + ".json").toFile(), value);
  }
}
