package engram.db;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import jakarta.persistence.EntityManagerFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.orm.jpa.persistenceunit.PersistenceManagedTypes;
import org.springframework.orm.jpa.vendor.HibernateJpaVendorAdapter;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;
import tools.jackson.databind.json.JsonMapper;

/// A new, migrated, empty database for a test class, on a real PostgreSQL, logged in as an ordinary
/// role, so that row-level security binds tests as it binds the product.
///
/// The server is, in this order: the one that the environment variable `TEST_DATABASE_URL` names (a
/// login that may create roles and databases); with `-Dtest.db=docker` a container, if Docker
/// answers; else an embedded one, started once per JVM in a temporary folder and deleted at its
/// end.
public final class TestDatabase implements AutoCloseable {
  private static final AtomicInteger COUNT = new AtomicInteger();

  private final String name;
  private final String url;
  private final HikariDataSource pool;
  private final LocalContainerEntityManagerFactoryBean entityManagers;
  private final ScopedTransactionManager transactionManager;
  private final Transactions transactions;
  private final JdbcClient jdbc;

  private TestDatabase(String name, String url, String... entityPackages) {
    this.name = name;
    this.url = url;
    this.pool = pool(url);
    this.jdbc = JdbcClient.create(pool);
    this.entityManagers = entityManagers(pool, entityPackages);
    this.transactionManager = new ScopedTransactionManager(entityManagers.getObject());
    this.transactionManager.afterPropertiesSet();
    this.transactions = new Transactions(transactionManager);
  }

  /// A new database with every migration on the class path applied.
  ///
  /// @param entityPackages where JPA entities lie; none when the test needs none
  public static synchronized TestDatabase fresh(String... entityPackages) {
    Server server = Server.INSTANCE;
    String name = server.template + "_" + COUNT.incrementAndGet();
    server.execute(
        "create database %s template %s owner %s".formatted(name, server.template, server.role));
    return new TestDatabase(name, server.url(name), entityPackages);
  }

  public String url() {
    return url;
  }

  public String username() {
    return pool.getUsername();
  }

  public String password() {
    return pool.getPassword();
  }

  public DataSource dataSource() {
    return pool;
  }

  /// Sees rows only within [#transactions], as the product does.
  public JdbcClient jdbc() {
    return jdbc;
  }

  public ScopedTransactionManager transactionManager() {
    return transactionManager;
  }

  public EntityManagerFactory entityManagerFactory() {
    return entityManagers.getObject();
  }

  public Transactions transactions() {
    return transactions;
  }

  public JobLedger jobs() {
    return new JobLedger(jdbc, transactions, JsonMapper.shared());
  }

  public JobClaims claims() {
    return new JobClaims(jdbc, transactions, JsonMapper.shared());
  }

  /// Adds a tenant and returns its id.
  public UUID tenant(String tenantName) {
    UUID id = UuidV7.next();
    transactions.inSystem(() -> {
      jdbc.sql("insert into tenants (id, name) values (:id, :name)")
          .param("id", id)
          .param("name", tenantName)
          .update();
    });
    return id;
  }

  /// Drops the database; at the end of a JVM that happens by itself.
  @Override
  public void close() {
    entityManagers.destroy();
    pool.close();
    Server.INSTANCE.execute("drop database if exists %s with (force)".formatted(name));
  }

  private static HikariDataSource pool(String url) {
    var config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setUsername(Server.INSTANCE.role);
    config.setPassword(Server.INSTANCE.rolePassword);
    // Many test classes in one JVM share the server's 60 connections.
    config.setMaximumPoolSize(10);
    config.setMinimumIdle(0);
    config.setIdleTimeout(10_000);
    config.setConnectionTimeout(20_000);
    return new HikariDataSource(config);
  }

  private static LocalContainerEntityManagerFactoryBean entityManagers(
      DataSource source, String... packages) {
    var factory = new LocalContainerEntityManagerFactoryBean();
    factory.setDataSource(source);
    factory.setJpaVendorAdapter(new HibernateJpaVendorAdapter());
    if (packages.length == 0) {
      factory.setManagedTypes(PersistenceManagedTypes.of());
    } else {
      factory.setPackagesToScan(packages);
    }
    factory.getJpaPropertyMap().put("hibernate.hbm2ddl.auto", "none");
    factory.afterPropertiesSet();
    return factory;
  }

  /// The server, and in it the migrated template that every test database is copied from.
  private static final class Server {
    static final Server INSTANCE = start();

    private final String admin;
    private final Properties adminLogin = new Properties();
    private final String template;
    private final String role;
    private final String rolePassword = UUID.randomUUID().toString();

    private Server(String admin, String user, String password) {
      this.admin = admin;
      if (user != null) {
        adminLogin.setProperty("user", user);
      }
      if (password != null) {
        adminLogin.setProperty("password", password);
      }
      // Several JVMs may share one given server.
      String mark =
          Long.toString(ProcessHandle.current().pid(), 36)
              + "_"
              + Long.toString(System.nanoTime() & 0xffffff, 36);
      template = "engram_test_" + mark;
      role = "engram_role_" + mark;
    }

    private static Server start() {
      String given = System.getenv("TEST_DATABASE_URL");
      Server server;
      if (given != null && !given.isBlank()) {
        server = given(given);
        Runtime.getRuntime().addShutdownHook(new Thread(server::forget));
      } else if ("docker".equals(System.getProperty("test.db"))
          && DockerClientFactory.instance().isDockerAvailable()) {
        server = docker();
      } else {
        server = embedded();
      }
      server.prepare();
      return server;
    }

    private static Server given(String given) {
      if (given.startsWith("jdbc:")) {
        return new Server(given, null, null);
      }
      URI uri = URI.create(given);
      String[] login = uri.getUserInfo() == null ? new String[0] : uri.getUserInfo().split(":", 2);
      int port = uri.getPort() < 0 ? 5432 : uri.getPort();
      return new Server(
          "jdbc:postgresql://" + uri.getHost() + ":" + port + uri.getPath(),
          login.length > 0 ? login[0] : null,
          login.length > 1 ? login[1] : null);
    }

    /// Leaves nothing behind on a server that is not ours.
    private void forget() {
      for (int number = COUNT.get(); number > 0; number--) {
        execute("drop database if exists %s_%d with (force)".formatted(template, number));
      }
      execute("drop database if exists %s with (force)".formatted(template));
      execute("drop role if exists " + role);
    }

    private static Server docker() {
      var container = new PostgreSQLContainer("postgres:18");
      container.start();
      return new Server(container.getJdbcUrl(), container.getUsername(), container.getPassword());
    }

    private static Server embedded() {
      try {
        Path folder = Files.createTempDirectory("engram-test-db");
        EmbeddedPostgres server =
            EmbeddedPostgres.start(
                folder, line -> {}, new EmbeddedPostgres.Options(false, false, null));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server, folder)));
        return new Server(
            server.jdbcUrl().replaceAll("/engram$", "/postgres"),
            PostgresCluster.SUPERUSER,
            server.superuserPassword());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static void stop(EmbeddedPostgres server, Path folder) {
      server.close();
      try {
        PostgresBinaries.delete(folder);
      } catch (IOException e) {
        System.err.println("The test database left " + folder + ": " + e.getMessage());
      }
    }

    private void prepare() {
      execute(
          "create role %s login nosuperuser nocreatedb nocreaterole nobypassrls password '%s'"
              .formatted(role, rolePassword));
      // Outside of a superuser, one may give a database only to a role that one is a member of.
      execute("grant %s to current_user".formatted(role));
      execute("create database %s owner %s".formatted(template, role));
      try (var source = new HikariDataSource(migrating())) {
        Migrations.migrate(source);
      }
    }

    private HikariConfig migrating() {
      var config = new HikariConfig();
      config.setJdbcUrl(url(template));
      config.setUsername(role);
      config.setPassword(rolePassword);
      config.setMaximumPoolSize(2);
      return config;
    }

    private String url(String database) {
      int query = admin.indexOf('?');
      String base = query < 0 ? admin : admin.substring(0, query);
      String own = base.substring(0, base.lastIndexOf('/') + 1) + database;
      if (query < 0) {
        return own;
      }
      // A login in the URL would outvote the ordinary role's.
      String rest = admin.substring(query + 1).replaceAll("(?i)(^|&)(user|password)=[^&]*", "");
      return rest.isEmpty() ? own : own + "?" + rest.replaceFirst("^&", "");
    }

    private void execute(String sql) {
      try (Connection connection = DriverManager.getConnection(admin, adminLogin);
          var statement = connection.createStatement()) {
        statement.execute(sql);
      } catch (SQLException e) {
        throw new IllegalStateException("Test database: " + e.getMessage(), e);
      }
    }
  }
}
