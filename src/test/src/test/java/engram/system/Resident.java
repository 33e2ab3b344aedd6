package engram.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Resident memory of processes, as Linux tells it; 0 elsewhere.
public final class Resident {
  private Resident() {}

  public static long of(ProcessHandle process) {
    try {
      return Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status")).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
          .sum();
    } catch (IOException gone) {
      return 0;
    }
  }

  /// The process and what it started.
  public static long ofTree(ProcessHandle process) {
    return of(process) + process.descendants().mapToLong(Resident::of).sum();
  }
}
