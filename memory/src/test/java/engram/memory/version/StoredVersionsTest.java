package engram.memory.version;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.memory.Event;
import engram.memory.EventDraft;
import engram.memory.Evidence;
import engram.memory.Fact;
import engram.memory.FactDraft;
import engram.memory.FactSource;
import engram.memory.Facts.Query;
import engram.memory.MemoryFixture;
import engram.memory.MemoryScope;
import engram.memory.RecallRequest;
import engram.memory.Role;
import engram.memory.Transfer.Manifest;
import engram.memory.Versions.Difference;
import engram.memory.Versions.Rollback;
import engram.memory.Versions.Snapshot;
import engram.memory.episode.FixedSize;
import engram.memory.fact.StoredFacts;
import engram.memory.level.SummaryRows;
import engram.memory.transfer.StoredTransfer;
import engram.retrieval.NotFoundException;
import engram.retrieval.RefusedException;
import engram.retrieval.Span;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// Earlier states, the way back, and copies of them.
class StoredVersionsTest {
  private static final long SEED = Long.getLong("seed", 7);
  private static final MemoryFixture MEMORY = new MemoryFixture();
  private static final Instant NOW = Instant.parse("2024-06-01T00:00:00Z");

  private final UUID tenant = MEMORY.tenant();
  private final MemoryScope ann = MemoryScope.of(tenant, "ann");
  private final StoredFacts facts =
      new StoredFacts(
          MEMORY.transactions,
          MEMORY.database.jdbc(),
          MEMORY.ciphers,
          Clock.fixed(NOW, ZoneOffset.UTC));
  private final StoredVersions versions =
      new StoredVersions(
          MEMORY.transactions,
          MEMORY.database.jdbc(),
          MEMORY.rows(),
          new SummaryRows(MEMORY.database.jdbc(), MEMORY.ciphers),
          facts);
  private final StoredTransfer transfer =
      new StoredTransfer(
          MEMORY.transactions, MEMORY.database.jdbc(), MEMORY.rows(), MEMORY.log, facts);

  @AfterAll
  static void close() {
    MEMORY.close();
  }

  private long say(String text) {
    return MEMORY
        .log
        .append(ann, List.of(EventDraft.of("s", Role.USER, "", NOW, text)))
        .getFirst()
        .seq();
  }

  private long claim(String predicate, String object, int day, Evidence... evidence) {
    return facts.add(ann, List.of(draft(predicate, object, day, evidence))).getFirst().claim();
  }

  private static FactDraft draft(String predicate, String object, int day, Evidence... evidence) {
    return new FactDraft(
        "Ann",
        predicate,
        object,
        true,
        null,
        null,
        Instant.parse("2024-01-01T00:00:00Z").plusSeconds(86_400L * day),
        FactSource.USER,
        List.of(evidence));
  }

  private List<String> said(MemoryScope place) {
    return MEMORY.log.read(place, 0, 1_000).stream().map(Event::text).toList();
  }

  private List<String> held(MemoryScope place) {
    return facts.current(place, Query.all()).stream()
        .map(fact -> fact.predicate() + " " + fact.object())
        .sorted()
        .toList();
  }

  private List<String> recalled(String query) {
    while (MEMORY.index().applyNext()) {}
    return MEMORY.recall().recall(RecallRequest.of(ann, query, 10)).items().stream()
        .map(item -> item.event().text())
        .toList();
  }

  private long inEpisodes() {
    return MEMORY.transactions.read(
        ann,
        () ->
            MEMORY
                .database
                .jdbc()
                .sql("select coalesce(sum(events), 0) from memory_episodes where tenant_id = ?")
                .param(tenant)
                .query(Long.class)
                .single());
  }

  @Test
  void whatARollbackSetAsideIsInNoEpisode() {
    say("first cello");
    Snapshot then = versions.take(ann, "then", "key_1");
    say("second cello");
    MEMORY.segment(new FixedSize(2));
    assertThat(inEpisodes()).isEqualTo(2);
    Rollback done = versions.rollback(then, "key_1");
    assertThat(inEpisodes()).isEqualTo(1);
    say("third cello");
    MEMORY.segment(new FixedSize(2));
    assertThat(inEpisodes()).as("nor when the session goes on").isEqualTo(2);
    versions.rollback(done.undo(), "key_1");
    assertThat(inEpisodes()).isEqualTo(1);
    MEMORY.segment(new FixedSize(2));
    assertThat(inEpisodes()).as("what came back is in one again").isEqualTo(2);
  }

  @Test
  void aRollbackBringsBackWhatWasAndCanItselfBeUndone() {
    long first = say("first cello");
    claim("lives in", "Rome", 1, new Evidence(first, new Span(0, 5)));
    long kept = claim("likes", "tea", 1);
    Snapshot then = versions.take(ann, "then", "key_1");
    say("second cello");
    claim("lives in", "Bern", 2);
    facts.correct(ann, kept, draft("likes", "coffee", 2));
    facts.retract(ann, claim("speaks", "Latin", 1), "wrong");

    Difference changed = versions.since(then);
    assertThat(changed.eventsAdded()).isEqualTo(1);
    assertThat(changed.begun().stream().map(Fact::object)).contains("Bern", "coffee");
    assertThat(changed.ended().stream().map(Fact::object)).contains("tea");

    Instant before = MEMORY.transactions.read(ann, () -> MEMORY.transactions.head(tenant)).now();
    Rollback done = versions.rollback(then, "key_1");
    assertThat(done.eventsSetAside()).isEqualTo(1);
    assertThat(said(ann)).containsExactly("first cello");
    assertThat(held(ann)).containsExactly("likes tea", "lives in Rome");
    assertThat(recalled("cello")).containsExactly("first cello");
    assertThat(versions.since(then).isEmpty()).isTrue();
    assertThat(facts.asOf(ann, Query.all(), NOW, before).stream().map(Fact::object))
        .as("what was known before the rollback stays known as of then")
        .contains("Bern", "coffee");

    Rollback undone = versions.rollback(done.undo(), "key_1");
    assertThat(undone.eventsBack()).isEqualTo(1);
    assertThat(said(ann)).containsExactly("first cello", "second cello");
    assertThat(held(ann)).containsExactly("likes coffee", "lives in Bern");
    assertThat(recalled("cello")).containsExactlyInAnyOrder("first cello", "second cello");
    assertThat(facts.verify(ann, facts.story(ann, kept).getFirst().claim())).isEmpty();
  }

  @Test
  void whatWasUndoneCanBeSaidAgainAndTheSecondTimeStays() {
    Snapshot empty = versions.take(ann, "empty", "key_1");
    say("again");
    Rollback done = versions.rollback(empty, "key_1");
    say("again");
    assertThat(said(ann)).containsExactly("again");
    versions.rollback(done.undo(), "key_1");
    assertThat(said(ann)).as("once, not twice").containsExactly("again");
  }

  @Test
  void retractionsOfWhatCorrectsComeBackAsTheyWere() {
    long a = claim("lives in", "A", 1);
    long b = facts.correct(ann, a, draft("lives in", "B", 1)).claim();
    Snapshot then = versions.take(ann, "A corrected by B", "key_1");
    facts.retract(ann, a, "never said");
    facts.retract(ann, b, "never said either");
    assertThat(held(ann)).isEmpty();
    versions.rollback(then, "key_1");
    assertThat(held(ann)).containsExactly("lives in B");
    long copyOfB = facts.current(ann, Query.all()).getFirst().claim();
    facts.retract(ann, copyOfB, "so A holds");
    assertThat(held(ann)).containsExactly("lives in A");
    assertThat(facts.reinstate(ann, copyOfB).holds()).isTrue();
    assertThat(held(ann)).containsExactly("lives in B");
  }

  /// An oracle that knows nothing of numbers: what was said and held at each snapshot is written
  /// down when it is taken.
  @Test
  void afterAnyRollbackTheStateIsTheOneThatWasSeenThen() {
    Random random = new Random(SEED);
    List<Snapshot> snapshots = new ArrayList<>();
    List<List<String>> saidThen = new ArrayList<>();
    List<List<String>> heldThen = new ArrayList<>();
    for (int step = 0; step < 60; step++) {
      String about = "-Dseed=%d, step %d".formatted(SEED, step);
      switch (random.nextInt(6)) {
        case 0 -> say("text " + random.nextInt(8) + " " + step);
        case 1 -> claim("p" + random.nextInt(3), "o" + random.nextInt(4), random.nextInt(5));
        case 2 -> {
          List<Fact> holding = facts.current(ann, Query.all());
          if (!holding.isEmpty()) {
            Fact fact = holding.get(random.nextInt(holding.size()));
            facts.correct(
                ann, fact.claim(), draft(fact.predicate(), "c" + step, random.nextInt(5)));
          }
        }
        case 3 -> {
          List<Fact> holding = facts.current(ann, Query.all());
          if (!holding.isEmpty()) {
            facts.retract(ann, holding.get(random.nextInt(holding.size())).claim(), "no");
          }
        }
        case 4 -> {
          snapshots.add(versions.take(ann, "s" + step, "key_1"));
          saidThen.add(said(ann));
          heldThen.add(held(ann));
        }
        default -> {
          if (!snapshots.isEmpty()) {
            int which = random.nextInt(snapshots.size());
            Rollback done = versions.rollback(snapshots.get(which), "key_1");
            assertThat(said(ann)).as(about).isEqualTo(saidThen.get(which));
            assertThat(held(ann)).as(about).isEqualTo(heldThen.get(which));
            assertThat(versions.since(snapshots.get(which)).isEmpty()).as(about).isTrue();
            assertThat(done.undo().scope()).isEqualTo(ann);
          }
        }
      }
    }
  }

  private byte[] export(MemoryScope place) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    transfer.write(place, null, out);
    return out.toByteArray();
  }

  @Test
  void anExportReadElsewhereMakesTheSameBytesAgain() throws IOException {
    long first = say("I live in Rome, \"quoted\" and\nlong");
    long rome = claim("lives in", "Rome", 1, new Evidence(first, new Span(0, 14)));
    facts.correct(ann, rome, draft("lives in", "Bern", 2));
    long second = say("erased");
    say("kept");
    MEMORY.transactions.write(
        ann,
        () ->
            MEMORY
                .database
                .jdbc()
                .sql("delete from memory_events where seq = ? and tenant_id = ?")
                .params(second, tenant)
                .update());

    byte[] file = export(ann);
    MemoryScope copy = new MemoryScope(MEMORY.tenant(), "somebody else", "agent", "");
    Manifest read = transfer.read(copy, new ByteArrayInputStream(file));
    assertThat(export(copy)).isEqualTo(file);
    assertThat(read.events()).isEqualTo(2);
    assertThat(held(copy)).isEqualTo(held(ann)).containsExactly("lives in Bern");
    assertThat(facts.verify(copy, facts.story(copy, 1).isEmpty() ? 0 : 1)).isEmpty();
    assertThatThrownBy(() -> transfer.read(copy, new ByteArrayInputStream(file)))
        .isInstanceOfSatisfying(
            RefusedException.class,
            refused -> assertThat(refused.code()).isEqualTo("place_not_empty"));
  }

  @Test
  void aFileThatIsNotWholeIsRefusedBeforeAnythingIsWritten() throws IOException {
    say("one");
    claim("lives in", "Rome", 1);
    byte[] file = export(ann);
    MemoryScope copy = MemoryScope.of(tenant, "copy");
    Random random = new Random(SEED);
    List<byte[]> broken = new ArrayList<>();
    broken.add(new byte[0]);
    broken.add("no zip".getBytes(StandardCharsets.UTF_8));
    for (int round = 0; round < 40; round++) {
      byte[] changed = file.clone();
      changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
      broken.add(changed);
      broken.add(Arrays.copyOf(file, random.nextInt(file.length)));
    }
    int refused = 0;
    for (byte[] one : broken) {
      try {
        transfer.read(copy, new ByteArrayInputStream(one));
        // Bits of a ZIP that nobody reads, such as an entry's time: then all of it is there.
        assertThat(said(copy)).as("-Dseed=%d", SEED).isEqualTo(said(ann));
        assertThat(held(copy)).isEqualTo(held(ann));
        MEMORY.transactions.write(copy, () -> wipe(copy));
      } catch (RefusedException expected) {
        refused++;
        assertThat(expected.code()).isEqualTo("export_invalid");
        assertThat(MEMORY.log.count(copy)).as("-Dseed=%d", SEED).isZero();
      }
    }
    assertThat(refused).isGreaterThan(broken.size() / 2);
  }

  private boolean wipe(MemoryScope place) {
    for (String table :
        List.of("memory_facts", "memory_evidence", "memory_claims", "memory_events")) {
      MEMORY
          .database
          .jdbc()
          .sql("delete from " + table + " where tenant_id = ? and user_id = ?")
          .params(place.tenant(), place.user())
          .update();
    }
    return true;
  }

  @Test
  void aBranchKnowsNothingOfWhatComesAfterAndTheOtherWayRound() {
    say("trunk");
    claim("lives in", "Rome", 1);
    Snapshot then = versions.take(ann, "then", "key_1");
    say("trunk grows");
    MemoryScope branch = new MemoryScope(tenant, "ann", "", "branch 1");
    transfer.branch(then, branch);
    assertThat(said(branch)).containsExactly("trunk");
    assertThat(held(branch)).containsExactly("lives in Rome");

    MEMORY.log.append(branch, List.of(MemoryFixture.said("s", "2024-01-01T00:00:00Z", "leaf")));
    facts.add(branch, List.of(draft("lives in", "Bern", 3)));
    assertThat(said(ann)).containsExactly("trunk", "trunk grows");
    assertThat(held(ann)).containsExactly("lives in Rome");
    assertThat(said(branch)).containsExactly("trunk", "leaf");
  }

  @Test
  void anotherUsersSnapshotIsNotThere() {
    Snapshot mine = versions.take(ann, "mine", "key_1");
    assertThatThrownBy(() -> versions.find(tenant, "bob", mine.id()))
        .isInstanceOf(NotFoundException.class);
    assertThat(versions.list(tenant, "bob")).isEmpty();
    assertThat(versions.drop(tenant, "bob", mine.id())).isFalse();
    assertThat(versions.drop(tenant, "ann", mine.id())).isTrue();
  }
}
