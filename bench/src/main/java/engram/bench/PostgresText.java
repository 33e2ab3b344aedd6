package engram.bench;

import engram.bench.SpeedChunks.Chunk;
import engram.bench.SpeedChunks.Share;
import engram.db.EmbeddedPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// PostgreSQL's full text search over the same chunks: a stored `tsvector`, a GIN index, `ts_rank`,
/// and a column for the permission.
final class PostgresText implements AutoCloseable {
  private static final int ROWS_AT_ONCE = 10_000;

  /// How the words of a question are joined.
  enum Joined {
    AND(" & "),
    OR(" | ");

    private final String by;

    Joined(String by) {
      this.by = by;
    }
  }

  private final EmbeddedPostgres postgres;

  /// What [#fill] has put there.
  PostgresText(Path folder) {
    postgres = EmbeddedPostgres.start(folder, line -> {});
  }

  void fill(List<Chunk> chunks) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute("drop table if exists passages");
      statement.execute(
          "create table passages (number int, half boolean, body text, words tsvector"
              + " generated always as (to_tsvector('english', body)) stored)");
      fill(connection, chunks);
      statement.execute("set maintenance_work_mem = '512MB'");
      statement.execute("create index on passages using gin (words)");
      statement.execute("vacuum analyze passages");
    }
  }

  private static void fill(Connection connection, List<Chunk> chunks) throws SQLException {
    String insert =
        "insert into passages (number, half, body)"
            + " select * from unnest(?::int[], ?::boolean[], ?::text[])";
    try (PreparedStatement rows = connection.prepareStatement(insert)) {
      for (int from = 0; from < chunks.size(); from += ROWS_AT_ONCE) {
        int to = Math.min(chunks.size(), from + ROWS_AT_ONCE);
        List<Chunk> some = chunks.subList(from, to);
        Object[] numbers = IntStream.range(from, to).boxed().toArray();
        Object[] half = some.stream().map(chunk -> Share.HALF.reads(chunk.document())).toArray();
        Object[] texts = some.stream().map(Chunk::text).toArray();
        rows.setArray(1, connection.createArrayOf("int4", numbers));
        rows.setArray(2, connection.createArrayOf("bool", half));
        rows.setArray(3, connection.createArrayOf("text", texts));
        rows.executeUpdate();
      }
    }
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(
        postgres.jdbcUrl(), postgres.username(), postgres.password());
  }

  /// How much memory of its own it caches pages in, such as `128MB`.
  String sharedBuffers() {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("show shared_buffers")) {
      rows.next();
      return rows.getString(1);
    } catch (SQLException failure) {
      throw new IllegalStateException(failure);
    }
  }

  /// One connection. One thread.
  final class Searches implements AutoCloseable {
    private final Connection connection = connect();
    private final PreparedStatement best =
        connection.prepareStatement(
            "select number, body from passages, to_tsquery('english', ?) asked"
                + " where words @@ asked and half order by ts_rank(words, asked) desc limit 10");

    Searches() throws SQLException {}

    /// @return numbers of the ten best chunks
    List<Integer> best(String query, Joined joined) {
      try {
        best.setString(1, query.strip().replaceAll("[^\\p{L}\\p{N}]+", joined.by));
        List<Integer> found = new ArrayList<>();
        try (ResultSet rows = best.executeQuery()) {
          while (rows.next()) {
            found.add(rows.getInt(1));
            if (rows.getString(2).isEmpty()) {
              throw new IllegalStateException("a chunk without text");
            }
          }
        }
        return found;
      } catch (SQLException failure) {
        throw new IllegalStateException(failure);
      }
    }

    @Override
    public void close() {
      try {
        connection.close();
      } catch (SQLException failure) {
        throw new IllegalStateException(failure);
      }
    }
  }

  Searches searches() {
    try {
      return new Searches();
    } catch (SQLException failure) {
      throw new IllegalStateException(failure);
    }
  }

  @Override
  public void close() {
    postgres.close();
  }
}
