package engram.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

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

  /// A server, its parsers, and its own database's processes, which are no children of it. Pages
  /// that they share are counted in each.
  public static long ofAll(RunningServer server) {
    return Stream.of(Optional.of(server.process().toHandle()), database(server))
        .flatMap(Optional::stream)
        .mapToLong(root -> of(root) + root.descendants().mapToLong(Resident::of).sum())
        .sum();
  }

  private static Optional<ProcessHandle> database(RunningServer server) {
    Path file = server.dataFolder().resolve("postgres/data/postmaster.pid");
    try {
      return ProcessHandle.of(Long.parseLong(Files.readAllLines(file).getFirst().strip()));
    } catch (IOException external) {
      return Optional.empty();
    }
  }
}
