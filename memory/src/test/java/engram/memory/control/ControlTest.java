package engram.memory.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import engram.memory.AccessHistory;
import engram.memory.AccessHistory.Access;
import engram.memory.Event;
import engram.memory.EventDraft;
import engram.memory.Fact;
import engram.memory.FactDraft;
import engram.memory.FactSource;
import engram.memory.Facts.Query;
import engram.memory.Forgetting.Receipt;
import engram.memory.Forgetting.Selection;
import engram.memory.MemoryCopies;
import engram.memory.MemoryFixture;
import engram.memory.MemoryScope;
import engram.memory.Pins.Kind;
import engram.memory.Recall;
import engram.memory.RecallRequest;
import engram.memory.Retention.Policy;
import engram.memory.Role;
import engram.memory.fact.StoredFacts;
import engram.memory.forget.StoredForgetting;
import engram.memory.vault.ReceiptSigner;
import engram.retrieval.Explanation;
import engram.retrieval.NotFoundException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// Pins, how long memories are kept, and who read and wrote them.
class ControlTest {
  private static final MemoryFixture MEMORY = new MemoryFixture();
  private static final Instant NOW = Instant.parse("2024-06-01T00:00:00Z");
  private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);

  private final UUID tenant = MEMORY.tenant();
  private final MemoryScope ann = MemoryScope.of(tenant, "ann");
  private final StoredFacts facts =
      new StoredFacts(MEMORY.transactions, MEMORY.database.jdbc(), MEMORY.ciphers, CLOCK);
  private final Replies copies = new Replies();
  private final StoredForgetting forgetting =
      new StoredForgetting(
          MEMORY.transactions,
          MEMORY.database.jdbc(),
          MEMORY.ciphers,
          facts,
          MEMORY.index(),
          ReceiptSigner.open(MEMORY.keys),
          List.of(copies),
          CLOCK);
  private final StoredPins pins = new StoredPins(MEMORY.transactions, MEMORY.database.jdbc());
  private final StoredRetention retention =
      new StoredRetention(
          MEMORY.database.transactions(),
          MEMORY.transactions,
          MEMORY.database.jdbc(),
          forgetting,
          CLOCK);

  /// Kept replies, of which each user has one.
  private static final class Replies implements MemoryCopies {
    private final List<String> gone = new ArrayList<>();

    @Override
    public String name() {
      return "replies";
    }

    @Override
    public long forget(UUID tenant, String user) {
      gone.add(user);
      return 1;
    }

    @Override
    public long remaining(UUID tenant, String user) {
      return gone.contains(user) ? 0 : 1;
    }
  }

  @AfterAll
  static void close() {
    MEMORY.close();
  }

  private long say(MemoryScope place, String at, String text) {
    long seq =
        MEMORY
            .log
            .append(place, List.of(EventDraft.of("s", Role.USER, "", Instant.parse(at), text)))
            .getFirst()
            .seq();
    MEMORY.index().awaitApplied(tenant, seq, Duration.ofSeconds(10));
    return seq;
  }

  private Recall.Result recall(String query, int items) {
    Recall recall = new PinnedRecall(MEMORY.recall(), pins, MEMORY.transactions, MEMORY.rows());
    return recall.recall(RecallRequest.of(ann, query, items));
  }

  private List<String> texts(MemoryScope scope) {
    return MEMORY.log.read(scope, 0, 100).stream().map(Event::text).toList();
  }

  @Test
  void whatIsPinnedComesFirstWhateverTheQuestionAndItsScoreAddsUp() {
    long name = say(ann, "2020-01-01T00:00:00Z", "Call me Captain");
    say(ann, "2024-01-01T00:00:00Z", "the cello is old");
    say(ann, "2024-01-02T00:00:00Z", "the cello is loud");
    assertThat(recall("cello", 3).items().getFirst().event().seq()).isNotEqualTo(name);

    pins.pin(ann, Kind.EVENT, name, "key_1");
    pins.pin(ann, Kind.EVENT, name, "key_1");

    Recall.Result found = recall("cello", 2);
    assertThat(found.items()).hasSize(2);
    assertThat(found.items().getFirst().event().seq()).isEqualTo(name);
    assertThat(found.isWhole()).isFalse();
    for (Recall.Recalled item : found.items()) {
      double sum = item.explanation().parts().stream().mapToDouble(Explanation::value).sum();
      assertThat(sum).isCloseTo(item.score(), within(1e-9));
    }
    assertThat(pins.pins(ann)).hasSize(1);
    assertThat(pins.unpin(ann, Kind.EVENT, name)).isTrue();
    assertThat(recall("cello", 2).items().getFirst().event().seq()).isNotEqualTo(name);
  }

  @Test
  void onlyWhatIsThereCanBePinnedAndAnErasureTakesThePin() {
    long seq = say(ann, "2024-01-01T00:00:00Z", "pinned and erased");
    MemoryScope bob = MemoryScope.of(tenant, "bob");
    assertThatThrownBy(() -> pins.pin(bob, Kind.EVENT, seq, "key_1"))
        .isInstanceOf(NotFoundException.class);
    pins.pin(ann, Kind.EVENT, seq, "key_1");
    forgetting.erase(ann, new Selection.Events(Set.of(seq)), "key_1");
    assertThat(pins.pins(ann)).isEmpty();
    assertThat(recall("anything", 5).items()).noneMatch(item -> item.event().seq() == seq);
  }

  @Test
  void aPinnedClaimsFactIsShownWithEveryRecollection() {
    long claim =
        facts
            .add(
                ann,
                List.of(
                    new FactDraft(
                        "Ann",
                        "allergic to",
                        "nuts",
                        false,
                        null,
                        null,
                        NOW.minusSeconds(9),
                        FactSource.USER,
                        List.of())))
            .getFirst()
            .claim();
    assertThat(facts.concerning(ann, List.of())).isEmpty();
    pins.pin(ann, Kind.CLAIM, claim, "key_1");
    assertThat(facts.concerning(ann, List.of()).stream().map(Fact::object)).containsExactly("nuts");
  }

  private Policy enforce() {
    List<Policy> all = new ArrayList<>();
    for (Optional<Policy> next = retention.enforceNext(NOW);
        next.isPresent();
        next = retention.enforceNext(NOW)) {
      all.add(next.get());
    }
    assertThat(all).isNotEmpty();
    return retention.policies(tenant, all.getFirst().scope().user()).getFirst();
  }

  @Test
  void whatIsOlderThanItsDaysGoesWithAReceiptAndWhatIsHeldStays() {
    say(ann, "2024-01-01T00:00:00Z", "old");
    say(ann, "2024-05-31T00:00:00Z", "new");
    facts.add(ann, List.of(claim("old claim", "2024-01-01T00:00:00Z")));
    facts.add(ann, List.of(claim("new claim", "2024-05-31T00:00:00Z")));
    retention.keep(ann, 30, "key_1");
    UUID hold = forgetting.hold(tenant, "ann", "case 7", "key_1").id();

    assertThat(enforce().outcome()).startsWith("held");
    assertThat(texts(ann)).containsExactly("old", "new");

    forgetting.release(tenant, hold);
    retention.keep(ann, 30, "key_1");
    assertThat(enforce().outcome()).isEqualTo("erased 1 events");
    assertThat(texts(ann)).containsExactly("new");
    assertThat(facts.current(ann, Query.all()).stream().map(Fact::object))
        .containsExactly("new claim");
    assertThat(forgetting.receipts(tenant, "ann", 10)).hasSize(1);
    Receipt receipt = forgetting.receipts(tenant, "ann", 10).getFirst();
    assertThat(receipt.actor()).isEqualTo("retention");
    assertThat(copies.gone).as("what quoted them elsewhere goes too").containsExactly("ann");
    assertThat(receipt.removed()).containsEntry("replies", 1L);
    assertThat(receipt.remaining()).containsEntry("replies", 0L);
  }

  private static FactDraft claim(String object, String at) {
    return new FactDraft(
        "Ann",
        "said " + object,
        object,
        true,
        null,
        null,
        Instant.parse(at),
        FactSource.USER,
        List.of());
  }

  @Test
  void aRuleForAllUsersReachesEachAndNoOtherTenant() {
    MemoryScope bob = MemoryScope.of(tenant, "bob");
    MemoryScope others = MemoryScope.of(MEMORY.tenant(), "ann");
    say(ann, "2024-01-01T00:00:00Z", "old");
    say(bob, "2024-01-01T00:00:00Z", "old too");
    MEMORY.log.append(
        others, List.of(MemoryFixture.said("s", "2024-01-01T00:00:00Z", "another tenant's")));
    retention.keep(MemoryScope.whole(tenant), 30, "key_1");
    enforce();
    assertThat(texts(ann)).isEmpty();
    assertThat(texts(bob)).isEmpty();
    assertThat(texts(others)).containsExactly("another tenant's");
    assertThat(retention.clear(MemoryScope.whole(tenant))).isTrue();
    assertThat(retention.policies(tenant, MemoryScope.ANY)).isEmpty();
  }

  @Test
  void whoReadAndWroteIsListedLatestFirstAndForgottenWhenOld() {
    AccessHistory history =
        new StoredAccessHistory(
            MEMORY.database.transactions(), MEMORY.transactions, MEMORY.database.jdbc(), CLOCK);
    history.add(ann, "key_1", "append", true, List.of(1L, 2L), "req_1");
    history.add(ann, "key_2", "recall", false, List.of(2L), "req_2");
    history.add(MemoryScope.of(tenant, "bob"), "key_2", "recall", false, List.of(), "req_3");

    MemoryScope all = MemoryScope.allOf(tenant, "ann");
    AccessHistory.Query any = new AccessHistory.Query(null, null, null, null);
    List<Access> found = history.read(all, any, 10);
    assertThat(found.stream().map(Access::operation)).containsExactly("recall", "append");
    assertThat(found.getLast().items()).containsExactly(1L, 2L);
    assertThat(found.getLast().actor()).isEqualTo("key_1");
    assertThat(history.read(all, new AccessHistory.Query(true, null, null, null), 10)).hasSize(1);
    assertThat(
            history.read(all, new AccessHistory.Query(null, null, null, found.getFirst().id()), 10))
        .hasSize(1);
    assertThat(history.flush()).isFalse();

    assertThat(history.forgetBefore(NOW, 100)).isZero();
    assertThat(history.forgetBefore(NOW.plusSeconds(1), 100)).isEqualTo(3);
    assertThat(history.read(all, any, 10)).isEmpty();
  }

  @Test
  void moreEntriesThanMayWaitAreWrittenByWhoAdds() {
    AccessHistory history =
        new StoredAccessHistory(
            MEMORY.database.transactions(), MEMORY.transactions, MEMORY.database.jdbc(), CLOCK);
    MemoryScope carl = MemoryScope.of(tenant, "carl");
    for (int i = 0; i < 10_050; i++) {
      history.add(carl, "key_1", "recall", false, List.of(), "req");
    }
    history.flush();
    long rows =
        MEMORY.transactions.read(
            carl,
            () ->
                MEMORY
                    .database
                    .jdbc()
                    .sql("select count(*) from memory_accesses where tenant_id = ?")
                    .param(tenant)
                    .query(Long.class)
                    .single());
    assertThat(rows).isEqualTo(10_050);
  }
}
