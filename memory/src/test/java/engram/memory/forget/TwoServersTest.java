package engram.memory.forget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.memory.Event;
import engram.memory.EventLog;
import engram.memory.Fact;
import engram.memory.FactDraft;
import engram.memory.FactSource;
import engram.memory.Facts.Query;
import engram.memory.KeyVault;
import engram.memory.MemoryFixture;
import engram.memory.MemoryScope;
import engram.memory.fact.StoredFacts;
import engram.memory.index.LogFollower;
import engram.memory.log.EventRows;
import engram.memory.log.StoredEventLog;
import engram.memory.scope.MemoryTransactions;
import engram.memory.vault.FileKeyVault;
import engram.memory.vault.ReceiptSigner;
import engram.memory.vault.SubjectCiphers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

/// One server erases; another one on the same database and keys has the user's key in its cache and
/// the user's words in its index.
class TwoServersTest {
  private static final MemoryFixture ONE = new MemoryFixture();

  private final UUID tenant = ONE.tenant();
  private final MemoryScope ann = MemoryScope.of(tenant, "ann");
  private final StoredForgetting forgetting =
      new StoredForgetting(
          ONE.transactions,
          ONE.database.jdbc(),
          ONE.ciphers,
          new StoredFacts(ONE.transactions, ONE.database.jdbc(), ONE.ciphers, Clock.systemUTC()),
          ONE.index(),
          ReceiptSigner.open(ONE.keys),
          List.of(),
          Clock.systemUTC());

  private final Watched vault = new Watched(FileKeyVault.open(ONE.keys));
  private final SubjectCiphers ciphers = new SubjectCiphers(vault);
  private final MemoryTransactions transactions =
      new MemoryTransactions(ONE.database.transactions(), ONE.database.jdbc(), ciphers::observed);
  private final EventLog log =
      new StoredEventLog(transactions, ONE.database.jdbc(), ciphers, place -> {});
  private final Path folder = MemoryFixture.temporary();
  private final LogFollower index =
      LogFollower.open(
          folder,
          ONE.database.transactions(),
          transactions,
          ONE.database.jdbc(),
          new EventRows(ONE.database.jdbc(), ciphers),
          null);

  /// Counts who asks for keys, and can let something happen while a key is on its way.
  private static final class Watched implements KeyVault {
    private final KeyVault vault;
    private final List<UUID> asked = new ArrayList<>();
    private Runnable meanwhile = () -> {};

    Watched(KeyVault vault) {
      this.vault = vault;
    }

    @Override
    public byte[] obtain(UUID tenant, String user) {
      asked.add(tenant);
      return vault.obtain(tenant, user);
    }

    @Override
    public Optional<byte[]> find(UUID tenant, String user) {
      asked.add(tenant);
      Optional<byte[]> key = vault.find(tenant, user);
      Runnable first = meanwhile;
      meanwhile = () -> {};
      first.run();
      return key;
    }

    @Override
    public boolean destroy(UUID tenant, String user) {
      return vault.destroy(tenant, user);
    }
  }

  @AfterEach
  void closeOther() {
    index.close();
  }

  @AfterAll
  static void close() {
    ONE.close();
  }

  @Test
  void aDestroyedKeySealsNothingOnTheOtherServer() {
    log.append(ann, List.of(MemoryFixture.said("s", "2024-01-01T00:00:00Z", "before")));
    byte[] before = ONE.vault.find(tenant, "ann").orElseThrow();

    forgetting.eraseUser(tenant, "ann", "key_1");
    // Well within the time that the other server keeps keys.
    log.append(ann, List.of(MemoryFixture.said("s", "2024-01-02T00:00:00Z", "after")));

    assertThat(ONE.vault.find(tenant, "ann").orElseThrow()).isNotEqualTo(before);
    assertThat(ONE.log.read(ann, 0, 10).stream().map(Event::text))
        .as("sealed with the new key, so the server that erased can read it")
        .containsExactly("after");
  }

  /// The other server reads a key, is held up, and comes back with it when it is destroyed.
  @Test
  void aKeyThatComesLateFromTheVaultIsUsedByNoLaterTransaction() {
    ONE.log.append(ann, List.of(MemoryFixture.said("s", "2024-01-01T00:00:00Z", "before")));
    vault.meanwhile =
        () -> {
          forgetting.eraseUser(tenant, "ann", "key_1");
          ONE.log.append(ann, List.of(MemoryFixture.said("s", "2024-01-02T00:00:00Z", "after")));
          assertThat(log.count(ann)).as("this server hears of it").isOne();
        };

    assertThat(ciphers.find(ann)).isPresent();

    assertThat(log.read(ann, 0, 10).stream().map(Event::text)).containsExactly("after");
    log.append(ann, List.of(MemoryFixture.said("s", "2024-01-03T00:00:00Z", "later")));
    assertThat(ONE.log.read(ann, 0, 10).stream().map(Event::text))
        .containsExactly("after", "later");
  }

  /// The key is destroyed, and then the database does not take the rest.
  @Test
  void whereAnErasureFailsAtItsEndTheOtherServerSealsNothingWithTheKey() {
    log.append(ann, List.of(MemoryFixture.said("s", "2024-01-01T00:00:00Z", "before")));
    JdbcClient jdbc = ONE.database.jdbc();
    jdbc.sql(
            """
            create function too_late() returns trigger language plpgsql
              as 'begin raise exception ''too late''; end'
            """)
        .update();
    jdbc.sql(
            """
            create constraint trigger too_late after insert on memory_removals
              deferrable initially deferred for each row execute function too_late()
            """)
        .update();
    try {
      assertThatThrownBy(() -> forgetting.eraseUser(tenant, "ann", "key_1"))
          .hasStackTraceContaining("too late");
    } finally {
      jdbc.sql("drop function too_late cascade").update();
    }
    assertThat(ONE.vault.find(tenant, "ann")).isEmpty();

    log.append(ann, List.of(MemoryFixture.said("s", "2024-01-02T00:00:00Z", "after")));

    assertThat(ONE.log.read(ann, 0, 10).stream().map(Event::text)).containsExactly("after");
  }

  @Test
  void factsOfAUsersNextLifeAreReadOnTheOtherServer() {
    StoredFacts here = facts(ONE.transactions, ONE.ciphers);
    StoredFacts there = facts(transactions, ciphers);
    here.add(ann, List.of(lives("Rome")));
    assertThat(there.current(ann, Query.all())).as("its key is known there now").hasSize(1);

    forgetting.eraseUser(tenant, "ann", "key_1");
    here.add(ann, List.of(lives("Bern")));

    assertThat(there.current(ann, Query.all())).extracting(Fact::object).containsExactly("Bern");
  }

  private static StoredFacts facts(MemoryTransactions transactions, SubjectCiphers ciphers) {
    return new StoredFacts(transactions, ONE.database.jdbc(), ciphers, Clock.systemUTC());
  }

  private static FactDraft lives(String where) {
    return new FactDraft(
        "Ann",
        "lives in",
        where,
        true,
        null,
        null,
        Instant.parse("2024-01-01T00:00:00Z"),
        FactSource.USER,
        List.of());
  }

  /// Of a user without events, so that no removal tells of it.
  @Test
  void aServerThatNobodyAsksForTheUserForgetsTheKeyToo() {
    ONE.ciphers.of(ann);
    ciphers.find(ann);
    assertThat(vault.asked).containsOnlyOnce(tenant);
    ciphers.find(ann);
    assertThat(vault.asked).as("it is known").containsOnlyOnce(tenant);

    forgetting.eraseUser(tenant, "ann", "key_1");
    index.applyNext();

    assertThat(ciphers.find(ann)).isEmpty();
    assertThat(Collections.frequency(vault.asked, tenant)).as("the vault is asked").isEqualTo(2);
  }

  /// As after a restore of the database alone: rows of before an erasure, keys of after it.
  @Test
  void whatAnotherKeySealedIsNotThereAndHidesNothingElse() {
    MemoryScope bob = MemoryScope.of(tenant, "bob");
    ONE.log.append(ann, List.of(MemoryFixture.said("s", "2024-01-01T00:00:00Z", "lost")));
    ONE.vault.destroy(tenant, "ann");
    log.append(ann, List.of(MemoryFixture.said("s", "2024-01-02T00:00:00Z", "zebra")));
    log.append(bob, List.of(MemoryFixture.said("s", "2024-01-01T00:00:00Z", "zebra too")));

    assertThat(log.read(ann, 0, 10).stream().map(Event::text)).containsExactly("zebra");
    while (index.applyNext()) {}
    assertThat(index.remaining(tenant, List.of(1L, 2L, 3L)))
        .as("the tenant's index goes on")
        .isEqualTo(2);
  }

  @Test
  void noFileOfTheOtherServersIndexKeepsAWord() throws IOException {
    log.append(
        ann, List.of(MemoryFixture.said("s", "2024-01-01T00:00:00Z", "zanzibarcanary was here")));
    log.append(
        MemoryScope.of(tenant, "bob"),
        List.of(MemoryFixture.said("s", "2024-01-01T00:00:00Z", "bob stays")));
    while (index.applyNext()) {}
    index.commit();
    assertThat(holds("zanzibarcanari")).as("the canary can be found at all").isTrue();

    forgetting.eraseUser(tenant, "ann", "key_1");
    while (index.applyNext()) {}

    assertThat(holds("zanzibarcanari")).isFalse();
    assertThat(holds("bob")).isTrue();
  }

  private boolean holds(String stem) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(stem)) {
          return true;
        }
      }
      return false;
    }
  }
}
