package engram.memory.consolidate;

import static org.assertj.core.api.Assertions.assertThat;

import engram.db.JobClaims;
import engram.db.JobLedger;
import engram.memory.Event;
import engram.memory.EventDraft;
import engram.memory.Forgetting;
import engram.memory.Forgetting.Selection;
import engram.memory.MemoryFixture;
import engram.memory.MemoryScope;
import engram.memory.RecallRequest;
import engram.memory.Role;
import engram.memory.Versions.Rollback;
import engram.memory.Versions.Snapshot;
import engram.memory.consolidate.Covers.Cover;
import engram.memory.fact.StoredFacts;
import engram.memory.forget.StoredForgetting;
import engram.memory.level.SummaryRows;
import engram.memory.vault.ReceiptSigner;
import engram.memory.version.StoredVersions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class StoredConsolidationTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());
  private static final MemoryFixture MEMORY = new MemoryFixture();
  private static final Instant DAY = Instant.parse("2024-03-01T10:00:00Z");
  private static final String LONG =
      "the garden behind the old house has apples and pears and plums and cherries and a small pond"
          + " with seven goldfish that my uncle bought in the spring of last year at the market";

  private final UUID tenant = MEMORY.tenant();
  private final MemoryScope ann = MemoryScope.of(tenant, "ann");
  private final StoredConsolidation consolidation =
      new StoredConsolidation(
          new JobLedger(
              MEMORY.database.jdbc(), MEMORY.database.transactions(), JsonMapper.shared()),
          new JobClaims(
              MEMORY.database.jdbc(), MEMORY.database.transactions(), JsonMapper.shared()),
          MEMORY.transactions,
          MEMORY.database.jdbc(),
          MEMORY.rows(),
          MEMORY.ciphers);

  @AfterAll
  static void close() {
    MEMORY.close();
  }

  private long say(MemoryScope place, String text) {
    EventDraft draft =
        EventDraft.of("s", Role.USER, "Ann", DAY, text).withKey(UUID.randomUUID().toString());
    return MEMORY.log.append(place, List.of(draft)).getFirst().seq();
  }

  private void consolidate() {
    consolidation.enqueue(tenant, "ann");
    while (consolidation.runNext("worker", () -> false)) {
      // until no job is left
    }
  }

  private Map<Long, Cover> covers(MemoryScope scope) {
    return MEMORY.transactions.read(
        scope,
        () ->
            new Covers(MEMORY.database.jdbc())
                .of(scope, MEMORY.log.read(scope, 0, 1_000).stream().map(Event::seq).toList()));
  }

  private List<String> recall(String query) {
    MEMORY.index().awaitApplied(tenant, Long.MAX_VALUE, Duration.ofSeconds(10));
    return MEMORY.recall().recall(RecallRequest.of(ann, query, 10)).items().stream()
        .map(item -> item.event().text())
        .toList();
  }

  @Test
  void whatIsSaidTwiceIsRecalledOnceAndKeptTwice() {
    long first = say(ann, "Remember to water the tomatoes on the balcony");
    say(ann, "remember to water the tomatoes on the balcony!");
    say(ann, "Something else about tomatoes");
    assertThat(recall("water tomatoes balcony")).hasSize(3);

    consolidate();

    assertThat(covers(ann)).hasSize(1).containsKey(first);
    assertThat(recall("water tomatoes balcony"))
        .hasSize(2)
        .contains("Something else about tomatoes");
    assertThat(MEMORY.log.count(ann)).isEqualTo(3);
  }

  @Test
  void whatSaysMoreStandsForWhatSaysLess() {
    long less = say(ann, LONG);
    long more = say(ann, LONG + " in Bremen");
    long again = say(ann, LONG);
    consolidate();

    assertThat(covers(ann))
        .containsEntry(less, new Cover(more, false))
        .containsEntry(again, new Cover(more, false))
        .hasSize(2);
  }

  @Test
  void aNumberANameOrADenialMakesTwoSayings() {
    say(ann, LONG);
    say(ann, LONG.replace("seven", "eight"));
    say(ann, LONG.replace("uncle", "sister"));
    say(ann, LONG.replace("has apples", "has no apples"));
    say(ann, "Yes, please!");
    say(ann, "Yes, please!");
    consolidate();

    assertThat(covers(ann)).isEmpty();
    assertThat(
            Saying.of(event("I do not like it at all, you know"))
                .covers(Saying.of(event("I do like it at all, you know"))))
        .isFalse();
  }

  private Event event(String text) {
    return new Event(1, ann, "s", 0, Role.USER, "Ann", DAY, text, null, 0.5, Map.of(), DAY);
  }

  @Test
  void whatCoveredAnotherAndIsForgottenLetsItStandAgain() {
    say(ann, "Remember to water the tomatoes on the balcony");
    long second = say(ann, "Remember to water the tomatoes on the balcony");
    consolidate();
    Forgetting forgetting =
        new StoredForgetting(
            MEMORY.transactions,
            MEMORY.database.jdbc(),
            MEMORY.ciphers,
            new StoredFacts(
                MEMORY.transactions, MEMORY.database.jdbc(), MEMORY.ciphers, Clock.systemUTC()),
            MEMORY.index(),
            ReceiptSigner.open(MEMORY.keys),
            List.of(),
            Clock.systemUTC());

    Forgetting.Receipt receipt = forgetting.erase(ann, new Selection.Events(Set.of(second)), "k");

    assertThat(receipt.isVerified()).isTrue();
    assertThat(covers(ann)).isEmpty();
    assertThat(recall("water tomatoes")).hasSize(1);
    assertThat(forgetting.eraseUser(tenant, "ann", "k").remaining())
        .containsEntry("fingerprints", 0L);
  }

  @Test
  void whatARollbackTakesAwayAndBringsBackIsLookedAtAgain() {
    StoredVersions versions =
        new StoredVersions(
            MEMORY.transactions,
            MEMORY.database.jdbc(),
            MEMORY.rows(),
            new SummaryRows(MEMORY.database.jdbc(), MEMORY.ciphers),
            new StoredFacts(
                MEMORY.transactions, MEMORY.database.jdbc(), MEMORY.ciphers, Clock.systemUTC()));
    long first = say(ann, LONG);
    Snapshot then = versions.take(ann, "then", "k");
    long second = say(ann, LONG + " in Bremen");
    consolidate();
    assertThat(covers(ann)).containsExactly(Map.entry(first, new Cover(second, false)));

    Rollback done = versions.rollback(then, "k");
    // Said elsewhere, and looked at: what comes back lies before it.
    say(new MemoryScope(tenant, "ann", "coach", "r1"), "Something that is said to the coach only");
    consolidate();
    assertThat(covers(ann)).as("the first stands for itself again").isEmpty();

    versions.rollback(done.undo(), "k");
    consolidate();
    assertThat(covers(ann)).containsExactly(Map.entry(first, new Cover(second, false)));
    assertThat(consolidation.counts(MemoryScope.allOf(tenant, "ann"))).containsEntry("events", 3L);
  }

  @Test
  void placesAreNotMixed() {
    MemoryScope run = new MemoryScope(tenant, "ann", "coach", "r1");
    say(ann, "Remember to water the tomatoes on the balcony");
    say(run, "Remember to water the tomatoes on the balcony");
    consolidate();

    assertThat(covers(MemoryScope.allOf(tenant, "ann"))).isEmpty();
  }

  @Test
  void aWorkerThatStopsIsFollowedByOneThatGoesOn() {
    for (int number = 0; number < 450; number++) {
      say(ann, "Line " + number % 400 + " of the long list of things to be done");
    }
    consolidation.enqueue(tenant, "ann");
    AtomicInteger looks = new AtomicInteger();
    consolidation.runNext("first", () -> looks.incrementAndGet() > 1);
    assertThat(consolidation.counts(ann)).containsEntry("events", 200L);

    // The first one's lease has not ended; its successor comes by a job of its own kind later.
    MEMORY.transactions.write(
        ann,
        () ->
            MEMORY
                .database
                .jdbc()
                .sql("update jobs set lease_until = now() - interval '1 minute' where kind = ?")
                .param(engram.memory.Consolidation.KIND)
                .update());
    while (consolidation.runNext("second", () -> false)) {
      // until no job is left
    }
    assertThat(consolidation.counts(ann))
        .containsEntry("events", 450L)
        .containsEntry("covered", 50L);
  }

  /// Whatever is said, in whatever order and pieces: the log keeps every event, and for each event
  /// that recall may leave out, one that stays has all of its words, as often.
  @Test
  void nothingThatWasSaidIsLost() {
    Random random = new Random(SEED);
    String[] words = LONG.split(" ");
    for (int round = 0; round < 6; round++) {
      UUID other = MEMORY.tenant();
      MemoryScope place = MemoryScope.of(other, "ann");
      List<String> said = new ArrayList<>();
      for (int number = 0; number < 60; number++) {
        List<String> text = new ArrayList<>(List.of(words));
        for (int edit = random.nextInt(3); edit > 0; edit--) {
          int at = random.nextInt(text.size());
          switch (random.nextInt(3)) {
            case 0 -> text.remove(at);
            case 1 -> text.add(at, random.nextBoolean() ? "not" : "word" + random.nextInt(5));
            default -> text.set(at, "word" + random.nextInt(5));
          }
        }
        said.add(String.join(" ", text));
        say(place, said.getLast());
        if (random.nextInt(20) == 0) {
          consolidation.enqueue(other, "ann");
          consolidation.runNext("worker", () -> false);
        }
      }
      consolidation.enqueue(other, "ann");
      consolidation.runNext("worker", () -> false);

      List<Event> log = MEMORY.log.read(place, 0, 1_000);
      assertThat(log).extracting(Event::text).containsExactlyElementsOf(said);
      Map<Long, Cover> covers = covers(place);
      Map<Long, Event> bySeq = new HashMap<>();
      log.forEach(event -> bySeq.put(event.seq(), event));
      Set<Long> staying = new HashSet<>(bySeq.keySet());
      staying.removeAll(covers.keySet());
      String repeat = "-Dseed=%d, round %d".formatted(SEED, round);
      assertThat(covers).as(repeat).isNotEmpty();
      covers.forEach((seq, cover) -> {
        assertThat(staying).as(repeat).contains(cover.by());
        Map<String, Integer> by = counts(bySeq.get(cover.by()).text());
        counts(bySeq.get(seq).text())
            .forEach((word, count) -> {
              if (word.startsWith("word") || word.equals("not") || word.length() > 4) {
                assertThat(by.getOrDefault(word, 0))
                    .as(word + " " + repeat)
                    .isGreaterThanOrEqualTo(count);
              }
            });
        assertThat(by.getOrDefault("not", 0))
            .as(repeat)
            .isEqualTo(counts(bySeq.get(seq).text()).getOrDefault("not", 0));
      });
    }
  }

  private static Map<String, Integer> counts(String text) {
    Map<String, Integer> counts = new HashMap<>();
    for (String word : text.split(" ")) {
      counts.merge(word, 1, Integer::sum);
    }
    return counts;
  }
}
