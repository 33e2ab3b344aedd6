package engram.retrieval.parse;

import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Files;
import java.nio.file.Path;

/// Finds the public evaluation data beside the checkout, or skips the test with a reason.
public final class SharedData {
  private SharedData() {}

  public static Path folder(String name) {
    for (String set :
        new String[] {System.getProperty("engram.data"), System.getenv("ENGRAM_DATA")}) {
      if (set != null && Files.isDirectory(Path.of(set, name))) {
        return Path.of(set, name);
      }
    }
    for (Path up = Path.of("").toAbsolutePath(); up != null; up = up.getParent()) {
      Path data = up.resolve("shared/data").resolve(name);
      if (Files.isDirectory(data)) {
        return data;
      }
    }
    System.out.println("SKIPPED: no shared/data/" + name + " beside the checkout; set engram.data");
    return abort("no shared/data/" + name + " beside the checkout; set engram.data");
  }
}
