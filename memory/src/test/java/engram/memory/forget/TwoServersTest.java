package engram.memory.forget;

import static org.assertj.core.api.Assertions.assertThat;

import engram.memory.Event;
import engram.memory.EventLog;
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
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

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
          Clock.systemUTC());

  private final SubjectCiphers ciphers = new SubjectCiphers(FileKeyVault.open(ONE.keys));
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
