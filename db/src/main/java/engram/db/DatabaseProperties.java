package engram.db;

import java.nio.file.Path;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Where data lies.
///
/// @param dataFolder `engram.data-folder`: everything that this server keeps on disk
/// @param database `engram.database.*`
@ConfigurationProperties("engram")
public record DatabaseProperties(
    @DefaultValue("data") Path dataFolder, @DefaultValue Database database) {

  /// Which PostgreSQL.
  ///
  /// @param url JDBC URL of your own server; empty for the embedded one
  /// @param username ordinary role that owns the database, not a superuser
  /// @param poolSize connections held at most, 2 to 500; the embedded server has 60 in all
  public record Database(
      @DefaultValue("") String url,
      @DefaultValue("") String username,
      @DefaultValue("") String password,
      @DefaultValue("20") int poolSize) {
    private static final String PREFIX = "jdbc:postgresql:";

    public Database {
      if (!url.isBlank() && !url.startsWith(PREFIX)) {
        throw new IllegalArgumentException(
            "engram.database.url must start with \"" + PREFIX + "\"");
      }
      if (poolSize < 2 || poolSize > 500) {
        throw new IllegalArgumentException(
            "engram.database.pool-size %d is not in [2, 500]".formatted(poolSize));
      }
    }

    boolean isExternal() {
      return !url.isBlank();
    }

    /// Never shows the password.
    @Override
    public String toString() {
      return "Database[url=%s, username=%s, poolSize=%d]".formatted(url, username, poolSize);
    }
  }
}
