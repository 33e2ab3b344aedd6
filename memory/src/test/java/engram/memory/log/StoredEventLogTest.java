package engram.memory.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.memory.Event;
import engram.memory.EventDraft;
import engram.memory.EventLog;
import engram.memory.EventLog.Appended;
import engram.memory.MemoryFixture;
import engram.memory.MemoryScope;
import engram.memory.Role;
import engram.retrieval.RefusedException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class StoredEventLogTest {
  private static final MemoryFixture MEMORY = new MemoryFixture();
  private static final long SEED = Long.getLong("seed", System.nanoTime());

  private final UUID tenant = MEMORY.tenant();
  private final MemoryScope ann = MemoryScope.of(tenant, "ann");
  private final EventLog log = MEMORY.log;

  @AfterAll
  static void close() {
    MEMORY.close();
  }

  private static EventDraft said(String session, String text) {
    return MemoryFixture.said(session, "2024-03-01T10:00:00Z", text);
  }

  @Test
  void whatWasAppendedIsReadBackInOrderAndWhole() {
    EventDraft draft =
        new EventDraft(
            "s1",
            Role.TOOL,
            "weather",
            Instant.parse("2024-03-01T10:00:00.123456Z"),
            "It rains in Käßmark \uD83C\uDF27",
            "k1",
            "call_7",
            0.75,
            Map.of("lang", "en"));

    List<Appended> appended = log.append(ann, List.of(draft, said("s1", "ok"), said("s2", "hi")));

    List<Event> events = log.read(ann, 0, 10);
    assertThat(appended)
        .extracting(Appended::seq)
        .isEqualTo(events.stream().map(Event::seq).toList());
    assertThat(events).extracting(Event::position).containsExactly(0, 1, 0);
    Event first = events.getFirst();
    assertThat(first.text()).isEqualTo(draft.text());
    assertThat(first.speaker()).isEqualTo("weather");
    assertThat(first.at()).isEqualTo(draft.at());
    assertThat(first.call()).isEqualTo("call_7");
    assertThat(first.importance()).isEqualTo(0.75);
    assertThat(first.attributes()).isEqualTo(Map.of("lang", "en"));
    assertThat(first.role()).isEqualTo(Role.TOOL);
    assertThat(first.place()).isEqualTo(ann);
    assertThat(log.session(ann, "s1", 1, 10)).extracting(Event::text).containsExactly("ok");
    assertThat(log.find(ann, events.get(2).seq())).map(Event::text).contains("hi");
  }

  @Test
  void theSameKeyIsTheSameEvent() {
    List<EventDraft> drafts = List.of(said("s", "a").withKey("1"), said("s", "b"));
    List<Appended> first = log.append(ann, drafts);
    List<Appended> second = log.append(ann, drafts);

    assertThat(second).extracting(Appended::isNew).containsOnly(false);
    assertThat(second)
        .extracting(Appended::seq)
        .isEqualTo(first.stream().map(Appended::seq).toList());
    assertThat(log.count(ann)).isEqualTo(2);
  }

  @Test
  void theSameKeyWithOtherContentIsRefusedAndNothingIsWritten() {
    log.append(ann, List.of(said("s", "a").withKey("1")));

    assertThatThrownBy(
            () -> log.append(ann, List.of(said("s", "new"), said("s", "changed").withKey("1"))))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("The key '1' is that of event");
    assertThat(log.count(ann)).isEqualTo(1);
  }

  @Test
  void aKeyTwiceInOneBatchIsOneEvent() {
    List<Appended> appended =
        log.append(ann, List.of(said("s", "a").withKey("1"), said("s", "a").withKey("1")));

    assertThat(appended).extracting(Appended::isNew).containsExactly(true, false);
    assertThat(log.count(ann)).isEqualTo(1);
  }

  @Test
  void sixtyFourWritersLoseAndDoubleNothing() throws Exception {
    // Each writer sends its own events and, in another order, some that all the others send too.
    List<EventDraft> common = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      common.add(said("common", "common " + i).withKey("c" + i));
    }
    Random random = new Random(SEED);
    List<Callable<Boolean>> writers = new ArrayList<>();
    for (int writer = 0; writer < 64; writer++) {
      String name = "w" + writer;
      List<EventDraft> mine = new ArrayList<>(common);
      for (int i = 0; i < 5; i++) {
        mine.add(said(name, name + " " + i));
        mine.add(said("shared session", name + " says " + i));
      }
      java.util.Collections.shuffle(mine, random);
      writers.add(() -> {
        log.append(ann, mine.subList(0, 13));
        log.append(ann, mine.subList(13, mine.size()));
        return true;
      });
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(64)) {
      for (Future<Boolean> done : threads.invokeAll(writers)) {
        assertThat(done.get()).isTrue();
      }
    }

    List<Event> events = log.read(ann, 0, EventLog.BATCH_MAX);
    String repeat = "-Dseed=" + SEED;
    assertThat(events).as(repeat).hasSize(20 + 64 * 10);
    List<Long> seqs = events.stream().map(Event::seq).toList();
    assertThat(seqs).as(repeat).first().isEqualTo(1L);
    assertThat(seqs).as(repeat).last().isEqualTo((long) seqs.size());
    Set<Integer> positions = new HashSet<>();
    for (Event event : events) {
      if (event.session().equals("shared session")) {
        assertThat(positions.add(event.position())).as(repeat).isTrue();
      }
    }
    assertThat(positions).as(repeat).hasSize(64 * 5).contains(0, 64 * 5 - 1);
  }

  @Test
  void aScopeShowsWhatIsKeptInItAndNothingElse() {
    MemoryScope bob = MemoryScope.of(tenant, "bob");
    MemoryScope shared = MemoryScope.of(tenant, MemoryScope.SHARED);
    MemoryScope annsRun = new MemoryScope(tenant, "ann", "coach", "run1");
    MemoryScope elsewhere = MemoryScope.of(MEMORY.tenant(), "ann");
    for (MemoryScope place : List.of(ann, bob, shared, annsRun, elsewhere)) {
      log.append(place, List.of(said("s", "of " + place)));
    }

    for (MemoryScope scope :
        List.of(
            ann,
            bob,
            shared,
            annsRun,
            MemoryScope.allOf(tenant, "ann"),
            MemoryScope.whole(tenant),
            new MemoryScope(tenant, "ann", "coach", MemoryScope.ANY),
            new MemoryScope(tenant, "ann", MemoryScope.ANY, MemoryScope.SHARED))) {
      List<MemoryScope> expected =
          List.of(ann, bob, shared, annsRun, elsewhere).stream().filter(scope::covers).toList();
      assertThat(log.read(scope, 0, 100))
          .as(scope.toString())
          .extracting(Event::place)
          .containsExactlyInAnyOrderElementsOf(expected);
    }
  }

  @Test
  void withoutAScopeTheDatabaseShowsNoRowsWhateverTheStatementSays() {
    log.append(ann, List.of(said("s", "secret")));
    String all = "select count(*) from memory_events";

    long inTenantOnly =
        MEMORY
            .database
            .transactions()
            .readInTenant(tenant, () -> MEMORY.database.jdbc().sql(all).query(Long.class).single());
    long asBob =
        MEMORY.transactions.read(
            MemoryScope.of(tenant, "bob"),
            () -> MEMORY.database.jdbc().sql(all).query(Long.class).single());
    long inSystem =
        MEMORY
            .database
            .transactions()
            .readInSystem(() -> MEMORY.database.jdbc().sql(all).query(Long.class).single());

    assertThat(inTenantOnly).isZero();
    assertThat(asBob).isZero();
    assertThat(inSystem).isZero();
  }

  @Test
  void nothingIsKeptInMoreThanOnePlace() {
    assertThatThrownBy(() -> log.append(MemoryScope.allOf(tenant, "ann"), List.of(said("s", "a"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("none may be '*'");
  }

  @Test
  void theDatabaseHoldsNoTextAndADestroyedKeyMakesItUnreadable() {
    log.append(ann, List.of(said("s", "canary-4711"), said("s", "other")));

    byte[] row =
        MEMORY.transactions.read(
            ann,
            () ->
                MEMORY
                    .database
                    .jdbc()
                    .sql(
                        "select convert_to(e::text, 'UTF8') || e.body from memory_events e limit 1")
                    .query(byte[].class)
                    .single());
    assertThat(new String(row, StandardCharsets.ISO_8859_1)).doesNotContain("canary-4711");

    assertThat(MEMORY.ciphers.destroy(tenant, "ann")).isTrue();
    assertThat(log.read(ann, 0, 10)).isEmpty();
  }

  @Test
  void badInputIsNamed() {
    assertThatThrownBy(() -> said("", "a")).hasMessage("session has 0 characters, not 1 to 512");
    assertThatThrownBy(() -> said("s", "a\0b")).hasMessage("text has a NUL character");
    assertThatThrownBy(() -> said("s", "a").withImportance(Double.NaN))
        .hasMessage("importance NaN is not in [0, 1]");
    assertThatThrownBy(() -> log.append(ann, List.of())).hasMessageContaining("0 events");
    assertThatThrownBy(() -> log.read(ann, 0, 1001)).hasMessageContaining("limit 1001");
    assertThatThrownBy(() -> MemoryScope.of(tenant, "x".repeat(201)))
        .hasMessage("user has 201 characters, at most 200");
  }
}
