package engram.api.admin;

import engram.api.security.ApiKey.Budget;
import engram.api.security.KeyDraft;
import engram.api.security.KeyStore;
import engram.api.security.Verb;
import engram.db.DatabaseServer;
import engram.db.Transactions;
import engram.db.UuidV7;
import java.io.Console;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/// On an empty database makes the tenant `default` and its admin key, before the server listens.
/// The key's secret is written to `admin.key` in the data folder and shown once, where there is a
/// terminal.
@Component
class FirstStart implements SmartInitializingSingleton {
  static final String KEY_FILE = "admin.key";
  private static final Logger LOG = LoggerFactory.getLogger(FirstStart.class);

  private final Tenants tenants;
  private final KeyStore keys;
  private final Audit audit;
  private final JdbcClient jdbc;
  private final Transactions transactions;
  private final Path keyFile;

  FirstStart(
      Tenants tenants,
      KeyStore keys,
      Audit audit,
      JdbcClient jdbc,
      Transactions transactions,
      DatabaseServer server) {
    this.tenants = tenants;
    this.keys = keys;
    this.audit = audit;
    this.jdbc = jdbc;
    this.transactions = transactions;
    keyFile = server.dataFolder().resolve(KEY_FILE);
  }

  @Override
  public void afterSingletonsInstantiated() {
    if (tenants.named(Tenants.DEFAULT_NAME).isPresent()) {
      return;
    }
    UUID tenant = UuidV7.next();
    // One transaction, and the file before its end: no key in the database that nobody knows.
    String secret = transactions.inTenant(tenant, () -> make(tenant));
    if (!secret.isEmpty()) {
      show(secret);
    }
  }

  /// @return empty if another replica, started at the same moment, was first
  private String make(UUID tenant) {
    int made =
        jdbc.sql("insert into tenants (id, name) values (?, ?) on conflict (name) do nothing")
            .param(tenant)
            .param(Tenants.DEFAULT_NAME)
            .update();
    if (made == 0) {
      return "";
    }
    KeyDraft draft =
        new KeyDraft(
            "admin", Set.of(Verb.values()), null, null, Set.of(), true, Budget.UNLIMITED, null);
    KeyStore.Created created = keys.create(tenant, draft, "system");
    audit.addSystem(tenant, "tenant.created", "tenant " + tenant, Map.of("name", "default"));
    audit.addSystem(tenant, "key.created", "key " + created.key().id(), Map.of("name", "admin"));
    write(created.secret());
    return created.secret();
  }

  private void write(String secret) {
    Path temporary = keyFile.resolveSibling(KEY_FILE + ".new");
    try {
      Files.deleteIfExists(temporary);
      Files.createFile(temporary);
      var posix = Files.getFileAttributeView(temporary, PosixFileAttributeView.class);
      if (posix != null) { // before the secret is in it
        posix.setPermissions(PosixFilePermissions.fromString("rw-------"));
      }
      Files.writeString(temporary, secret + "\n");
      Files.move(
          temporary, keyFile, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException("The admin key could not be written to " + keyFile, e);
    }
  }

  /// On a terminal and not in the log: logs are shipped elsewhere, and without a terminal the
  /// standard output is one.
  @SuppressWarnings("SystemOut")
  private void show(String secret) {
    if (!isTerminal(System.console())) {
      LOG.info("The first admin key is in {}", keyFile);
      return;
    }
    System.out.printf(
        """

        ------------------------------------------------------------------------
         Admin key, shown only now (it is also in %s):

           %s
        ------------------------------------------------------------------------

        """,
        keyFile, secret);
  }

  /// @param console null where the JDK's implementation finds no terminal, as in 25
  private static boolean isTerminal(@Nullable Console console) {
    return console != null && console.isTerminal();
  }
}
