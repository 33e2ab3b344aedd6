package engram.bench;

import engram.system.CrashScenario;

/// `kill -9` at random moments; see [CrashScenario].
final class CrashMeasurement {
  private CrashMeasurement() {}

  static void run(Report report, int kills) {
    long seed = System.nanoTime();
    CrashScenario.Result result =
        new CrashScenario(Folders.temporary("crash").resolve("data"), seed).run(kills);
    report.value("kills", result.kills());
    report.value("kills_with_loss", result.killsWithLoss());
    report.value("kills_seed", result.seed());
    report.value("kills_acknowledged_operations", result.operations());
    report.section(
        "Crashes",
        """
        The server, its database or both were killed (`kill -9`) %d times at random moments while documents \
        of up to two million characters were put, changed and deleted, batches of files added, collections \
        deleted and the index rebuilt: %d operations were acknowledged. After each start database, index and extracted text were \
        held against what had been acknowledged. Kills with a loss, a double or a half-visible document: %d \
        (seed %d).

        %s\
        """
            .formatted(
                result.kills(),
                result.operations(),
                result.killsWithLoss(),
                result.seed(),
                String.join("\n\n", result.losses())));
  }
}
