package engram.api.cli;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.springframework.core.env.Environment;
import tools.jackson.databind.JsonNode;

/// Work for a server whose classes and hot methods are being recorded (JEP 514, JEP 515): the demo,
/// and searches enough that the next server's compiler knows from the start what matters.
public final class Training {
  private static final int SEARCHES = 2_000;
  private static final List<String> QUERIES =
      List.of(
          "root cause of the telemetry outage",
          "paid vacation days of an employee",
          "drift correction of the pressure sensor",
          "price of a spare part",
          "how long are records kept");

  private Training() {}

  /// @param settings of a server in this process that takes requests
  public static void on(Environment settings) {
    Path keyFile = Path.of(settings.getRequiredProperty("engram.data-folder")).resolve("admin.key");
    ServerClient server =
        new ServerClient(
            "http://127.0.0.1:" + settings.getRequiredProperty("local.server.port"), keyFile);
    new Demo(
            server,
            keyFile,
            new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
        .run();
    JsonNode collection = server.get("v1/vector_stores?limit=1").path("data").path(0);
    String search = "v1/vector_stores/" + collection.path("id").asString() + "/search";
    for (int count = 0; count < SEARCHES; count++) {
      server.post(search, Map.of("query", QUERIES.get(count % QUERIES.size())));
    }
  }
}
