package engram.memory.forget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.memory.Event;
import engram.memory.EventDraft;
import engram.memory.Evidence;
import engram.memory.Fact;
import engram.memory.FactDraft;
import engram.memory.FactSource;
import engram.memory.Facts.Query;
import engram.memory.Forgetting;
import engram.memory.Forgetting.Receipt;
import engram.memory.Forgetting.Selection;
import engram.memory.MemoryFixture;
import engram.memory.MemoryScope;
import engram.memory.RecallRequest;
import engram.memory.Role;
import engram.memory.fact.StoredFacts;
import engram.memory.vault.ReceiptSigner;
import engram.retrieval.RefusedException;
import engram.retrieval.Span;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class StoredForgettingTest {
  private static final MemoryFixture MEMORY = new MemoryFixture();
  private static final Instant DAY = Instant.parse("2024-03-01T10:00:00Z");

  private final UUID tenant = MEMORY.tenant();
  private final MemoryScope ann = MemoryScope.of(tenant, "ann");
  private final StoredFacts facts =
      new StoredFacts(
          MEMORY.transactions, MEMORY.database.jdbc(), MEMORY.ciphers, Clock.systemUTC());
  private final Forgetting forgetting =
      new StoredForgetting(
          MEMORY.transactions,
          MEMORY.database.jdbc(),
          MEMORY.ciphers,
          facts,
          MEMORY.index(),
          ReceiptSigner.open(MEMORY.keys),
          List.of(),
          Clock.systemUTC());

  @AfterAll
  static void close() {
    MEMORY.close();
  }

  private long say(MemoryScope place, String session, Role role, Instant at, String text) {
    long seq =
        MEMORY
            .log
            .append(place, List.of(EventDraft.of(session, role, "", at, text)))
            .getFirst()
            .seq();
    MEMORY.index().awaitApplied(tenant, seq, Duration.ofSeconds(10));
    return seq;
  }

  private List<String> texts(MemoryScope scope) {
    return MEMORY.log.read(scope, 0, 100).stream().map(Event::text).toList();
  }

  private List<String> recall(MemoryScope scope, String query) {
    return MEMORY.recall().recall(RecallRequest.of(scope, query, 10)).items().stream()
        .map(item -> item.event().text())
        .toList();
  }

  private void claim(String subject, String object, Instant at, long event) {
    facts.add(
        ann,
        List.of(
            new FactDraft(
                subject,
                "likes best",
                object,
                true,
                null,
                null,
                at,
                FactSource.USER,
                List.of(new Evidence(event, new Span(0, 3))))));
  }

  private List<String> liked() {
    return facts.current(ann, Query.all()).stream().map(Fact::object).toList();
  }

  @Test
  void whatIsErasedIsGoneEverywhereAndTheReceiptSaysSo() {
    long canary = say(ann, "s", Role.USER, DAY, "zanzibar is where I hid it");
    say(ann, "s", Role.USER, DAY, "plain talk");
    claim("ann", "cloves", DAY, canary);

    Receipt receipt = forgetting.erase(ann, new Selection.Events(Set.of(canary)), "key_1");

    assertThat(texts(ann)).containsExactly("plain talk");
    assertThat(recall(ann, "zanzibar")).isEmpty();
    assertThat(facts.history(ann, Query.all())).isEmpty();
    assertThat(receipt.isVerified()).isTrue();
    assertThat(receipt.removed())
        .containsEntry("events", 1L)
        .containsEntry("claims", 1L)
        .containsEntry("facts", 1L)
        .containsEntry("evidence", 1L);
    assertThat(receipt.text()).doesNotContain("zanzibar").contains("\"actor\":\"key_1\"");
    assertThat(forgetting.receipts(tenant, "ann", 10)).containsExactly(receipt);
  }

  @Test
  void theReceiptVerifiesAndAChangedOneDoesNot() {
    long seq = say(ann, "s", Role.USER, DAY, "something");
    Receipt receipt = forgetting.erase(ann, new Selection.Events(Set.of(seq)), "key_1");

    assertThat(ReceiptSigner.verify(receipt.text(), receipt.signature(), receipt.publicKey()))
        .isTrue();
    String changed = receipt.text().replace("\"events\":1", "\"events\":2");
    assertThat(changed).isNotEqualTo(receipt.text());
    assertThat(ReceiptSigner.verify(changed, receipt.signature(), receipt.publicKey())).isFalse();
    assertThat(ReceiptSigner.verify(receipt.text(), "AAAA", receipt.publicKey())).isFalse();
    assertThat(ReceiptSigner.verify(receipt.text(), receipt.signature(), "no key")).isFalse();
  }

  @Test
  void noFileOfTheIndexHasAWordOfItLeft() throws IOException {
    long canary = say(ann, "s", Role.USER, DAY, "qwertzuiopcanary");
    say(ann, "s", Role.USER, DAY, "asdfghjklkept");
    MEMORY.index().commit();
    assertThat(occurrences("qwertzuiopcanari")).as("as its stem it is there before").isPositive();

    forgetting.erase(ann, new Selection.Events(Set.of(canary)), "key_1");

    assertThat(occurrences("qwertzuiopcanari")).isZero();
    assertThat(occurrences("asdfghjklkept")).isPositive();
  }

  private static long occurrences(String word) throws IOException {
    try (Stream<Path> files = Files.walk(MEMORY.indexFolder())) {
      long found = 0;
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(word)) {
          found++;
        }
      }
      return found;
    }
  }

  @Test
  void erasingWhatRetiredAFactBringsItBack() {
    long first = say(ann, "s", Role.USER, DAY, "tea is best");
    claim("ann", "tea", DAY, first);
    long second = say(ann, "s", Role.USER, DAY.plusSeconds(60), "gin is best");
    claim("ann", "gin", DAY.plusSeconds(60), second);
    assertThat(liked()).containsExactly("gin");

    forgetting.erase(ann, new Selection.Events(Set.of(second)), "key_1");

    assertThat(liked()).containsExactly("tea");
    assertThat(facts.history(ann, Query.all())).extracting(Fact::object).containsOnly("tea");
  }

  @Test
  void everySelectionTakesWhatItNamesAndNothingElse() {
    say(ann, "one", Role.USER, DAY, "a");
    say(ann, "two", Role.ASSISTANT, DAY.plusSeconds(10), "b");
    say(ann, "two", Role.USER, DAY.plusSeconds(20), "c");
    long about = say(ann, "three", Role.USER, DAY.plusSeconds(30), "Bob is kind");
    claim("Bob", "kindness", DAY, about);
    say(ann, "three", Role.USER, DAY.plusSeconds(40), "e");
    MemoryScope bob = MemoryScope.of(tenant, "bob");
    say(bob, "two", Role.ASSISTANT, DAY.plusSeconds(10), "bob's");

    forgetting.erase(ann, new Selection.From(Role.ASSISTANT), "k");
    assertThat(texts(ann)).containsExactly("a", "c", "Bob is kind", "e");
    forgetting.erase(ann, new Selection.Between(DAY, DAY.plusSeconds(20)), "k");
    assertThat(texts(ann)).containsExactly("c", "Bob is kind", "e");
    forgetting.erase(ann, new Selection.About(" BOB "), "k");
    assertThat(texts(ann)).containsExactly("c", "e");
    assertThat(facts.history(ann, Query.all())).isEmpty();
    forgetting.erase(ann, new Selection.Session("two"), "k");
    assertThat(texts(ann)).containsExactly("e");
    assertThat(texts(bob)).containsExactly("bob's");
  }

  @Test
  void aUserIsErasedWithTheKeyAndOthersStay() {
    MemoryScope run = new MemoryScope(tenant, "ann", "coach", "r1");
    MemoryScope bob = MemoryScope.of(tenant, "bob");
    long seq = say(ann, "s", Role.USER, DAY, "marzipan one");
    claim("ann", "marzipan", DAY, seq);
    say(run, "s", Role.USER, DAY, "marzipan two");
    say(bob, "s", Role.USER, DAY, "marzipan three");

    Receipt receipt = forgetting.eraseUser(tenant, "ann", "key_1");

    assertThat(receipt.isVerified()).isTrue();
    assertThat(receipt.removed()).containsEntry("events", 2L).containsEntry("keys", 1L);
    assertThat(texts(MemoryScope.whole(tenant))).containsExactly("marzipan three");
    assertThat(recall(bob, "marzipan")).containsExactly("marzipan three");
    say(ann, "s", Role.USER, DAY, "a new beginning");
    assertThat(texts(ann)).containsExactly("a new beginning");
  }

  @Test
  void aHoldStandsAgainstErasureUntilItIsReleased() {
    long seq = say(ann, "s", Role.USER, DAY, "evidence in court");
    Forgetting.Hold hold = forgetting.hold(tenant, "ann", "case 4711", "key_1");

    assertThatThrownBy(() -> forgetting.erase(ann, new Selection.Events(Set.of(seq)), "k"))
        .isInstanceOf(RefusedException.class)
        .hasMessage("These memories are held: case 4711");
    assertThatThrownBy(() -> forgetting.eraseUser(tenant, "ann", "k"))
        .isInstanceOf(RefusedException.class);
    assertThat(texts(ann)).hasSize(1);
    assertThat(forgetting.holds(tenant, "ann")).containsExactly(hold);

    assertThat(forgetting.release(MEMORY.tenant(), hold.id())).as("not another tenant's").isFalse();
    assertThat(forgetting.release(tenant, hold.id())).isTrue();
    assertThat(forgetting.eraseUser(tenant, "ann", "k").isVerified()).isTrue();
  }
}
