package engram.inference;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/// The folder with public evaluation data, which lies beside a checkout and is not part of it:
/// `-Dengram.data=…`, `ENGRAM_DATA`, or `shared/data` beside one of the folders above.
public final class PublicData {
  private PublicData() {}

  /// Skips the test, with its reason printed, where the set is absent.
  public static Path require(String set) {
    Optional<Path> folder = find(set);
    if (folder.isEmpty()) {
      String reason = "skipped: the public data set " + set + " is absent (set ENGRAM_DATA)";
      System.out.println(reason);
      Assumptions.abort(reason);
    }
    return folder.get();
  }

  private static Optional<Path> find(String set) {
    String named = System.getProperty("engram.data", System.getenv("ENGRAM_DATA"));
    if (named != null) {
      return Optional.of(Path.of(named, set)).filter(Files::isDirectory);
    }
    for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
      Path data = folder.resolve("shared/data").resolve(set);
      if (Files.isDirectory(data)) {
        return Optional.of(data);
      }
    }
    return Optional.empty();
  }
}
