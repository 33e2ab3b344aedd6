package engram.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Looks into the embedded database and the folder of originals behind the server's back, for what
/// its API has no words: rows and bytes that belong to nothing. Without an embedded database it
/// looks at nothing.
final class CrashedStore {
  private static final Duration SWEEP_PATIENCE = Duration.ofSeconds(120);

  /// What must be empty whenever the server has come to rest.
  private static final Map<String, String> ALWAYS_EMPTY =
      Map.of(
          "files without a version",
          "select f.id from files f left join file_versions v on v.file_id = f.id"
              + " and v.version = f.version where v.file_id is null",
          "versions without an original",
          "select v.sha256 from file_versions v left join blobs b using (tenant_id, sha256)"
              + " where b.sha256 is null",
          "documents whose chunks are not those that they count",
          "select d.id from documents d where d.status = 'completed' and d.chunk_count"
              + " <> (select count(*) from chunks c where c.document_id = d.id)",
          "chunks of another collection than their document",
          "select c.id from chunks c left join documents d on d.id = c.document_id"
              + " and d.collection_id = c.collection_id where d.id is null",
          "jobs of documents that are gone",
          "select j.id from jobs j where j.state in ('queued', 'running')"
              + " and not exists (select from documents d where d.id::text = j.subject)",
          "documents of one file under two numbers",
          "select file_id from documents group by collection_id, file_id having count(*) > 1");

  /// What must be empty once the sweep has been.
  private static final Map<String, String> SWEPT =
      Map.of(
          "originals that no file has",
          "select sha256 from blobs b where not exists (select from file_versions v"
              + " where v.sha256 = b.sha256 and v.tenant_id = b.tenant_id)",
          "extracted texts that no file has",
          "select sha256 from extractions e where not exists (select from file_versions v"
              + " where v.sha256 = e.sha256 and v.tenant_id = e.tenant_id)");

  private final Path dataFolder;
  private final Consumer<String> losses;

  CrashedStore(Path dataFolder, Consumer<String> losses) {
    this.dataFolder = dataFolder;
    this.losses = losses;
  }

  void checkWhole(String when) {
    if (isEmbedded()) {
      Map<String, List<String>> wrong = found(ALWAYS_EMPTY);
      Set<String> missing = new TreeSet<>(query("select distinct sha256 from file_versions"));
      missing.removeAll(onDisk());
      if (!missing.isEmpty()) {
        wrong.put("versions whose bytes are not on disk", List.copyOf(missing));
      }
      wrong.forEach((what, which) -> losses.accept(when + ": " + what + ": " + which));
    }
  }

  /// Waits for the sweep.
  void checkSwept(String when) {
    if (!isEmbedded()) {
      return;
    }
    Instant deadline = Instant.now().plus(SWEEP_PATIENCE);
    Map<String, List<String>> left = left();
    while (!left.isEmpty() && Instant.now().isBefore(deadline)) {
      RunningServer.pause(Duration.ofSeconds(1));
      left = left();
    }
    left.forEach((what, which) -> losses.accept(when + ": " + what + " stay: " + which));
  }

  private Map<String, List<String>> left() {
    Map<String, List<String>> left = found(SWEPT);
    Set<String> bytes = onDisk();
    bytes.removeAll(query("select sha256 from file_versions"));
    if (!bytes.isEmpty()) {
      left.put("bytes that no file has", List.copyOf(bytes));
    }
    return left;
  }

  private Map<String, List<String>> found(Map<String, String> queries) {
    Map<String, List<String>> found = new TreeMap<>();
    queries.forEach((what, sql) -> {
      List<String> rows = query(sql);
      if (!rows.isEmpty()) {
        found.put(what, rows);
      }
    });
    return found;
  }

  /// Names of the files below `files`, which are their addresses, or those of temporary ones.
  private Set<String> onDisk() {
    try (Stream<Path> files = Files.walk(dataFolder.resolve("files"))) {
      return new TreeSet<>(
          files.filter(Files::isRegularFile).map(file -> file.getFileName().toString()).toList());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private boolean isEmbedded() {
    return Files.exists(postgres().resolve("superuser.password"));
  }

  private Path postgres() {
    return dataFolder.resolve("postgres");
  }

  /// As the superuser, who sees every tenant's rows.
  private List<String> query(String sql) {
    List<String> found = new ArrayList<>();
    try {
      String url =
          "jdbc:postgresql://127.0.0.1:"
              + Files.readString(postgres().resolve("port")).strip()
              + "/engram";
      String password = Files.readString(postgres().resolve("superuser.password")).strip();
      try (Connection connection = DriverManager.getConnection(url, "postgres", password);
          var statement = connection.createStatement();
          var rows = statement.executeQuery(sql)) {
        while (rows.next()) {
          found.add(rows.getString(1));
        }
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (SQLException failure) {
      throw new IllegalStateException(sql, failure);
    }
    return found;
  }
}
