package engram.api.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Has the server build its index anew from the database, and shows how far it is.
final class Reindex {
  private static final Duration LOOK_EVERY = Duration.ofMillis(500);

  private final ServerClient server;
  private final PrintStream out;

  Reindex(ServerClient server, PrintStream out) {
    this.server = server;
    this.out = out;
  }

  void run() {
    JsonNode state = server.post("api/index/rebuild", Map.of());
    while (state.path("rebuild").path("state").asString().equals("running")) {
      JsonNode rebuild = state.path("rebuild");
      out.printf(
          "  %d of %d chunks%n",
          rebuild.path("chunks_done").asLong(), rebuild.path("chunks_total").asLong());
      pause();
      state = server.get("api/index");
    }
    if (!state.path("rebuild").path("state").asString().equals("done")) {
      throw new CommandException(
          "The index was not rebuilt and the old one still serves; the server's log says why.");
    }
    JsonNode index = state.path("index");
    out.printf(
        "Rebuilt: %d chunks, %d bytes.%n",
        index.path("chunks").asLong(), index.path("bytes").asLong());
  }

  private static void pause() {
    try {
      Thread.sleep(LOOK_EVERY);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new CommandException("Interrupted; the server goes on rebuilding.");
    }
  }
}
