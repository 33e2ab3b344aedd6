package engram.memory.fact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.memory.Event;
import engram.memory.EventDraft;
import engram.memory.Evidence;
import engram.memory.Fact;
import engram.memory.FactDraft;
import engram.memory.FactSource;
import engram.memory.Facts.Asserted;
import engram.memory.Facts.Query;
import engram.memory.Facts.Quotation;
import engram.memory.MemoryFixture;
import engram.memory.MemoryScope;
import engram.memory.Role;
import engram.retrieval.NotFoundException;
import engram.retrieval.RefusedException;
import engram.retrieval.Span;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class StoredFactsTest {
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

  @AfterAll
  static void close() {
    MEMORY.close();
  }

  private static Instant day(String day) {
    return Instant.parse(day + "T00:00:00Z");
  }

  private static FactDraft lives(String where, String since, Evidence... evidence) {
    return new FactDraft(
        "Ann", "lives in", where, true, null, null, day(since), FactSource.USER, List.of(evidence));
  }

  private Asserted add(FactDraft draft) {
    return facts.add(ann, List.of(draft)).getFirst();
  }

  private List<String> now() {
    return facts.current(ann, new Query("ann", "Lives  in")).stream().map(Fact::object).toList();
  }

  private Evidence said(String text, String quote) {
    EventDraft draft = EventDraft.of("s", Role.USER, "ann", day("2024-01-01"), text);
    long seq = MEMORY.log.append(ann, List.of(draft)).getFirst().seq();
    int start = text.indexOf(quote);
    return new Evidence(seq, new Span(start, start + quote.length()));
  }

  private void forget(long event) {
    MEMORY.transactions.write(
        ann,
        () ->
            facts.removeEvidence(ann, List.of(event), MEMORY.transactions.lockHead(tenant).now()));
  }

  @Test
  void theLatestValueHoldsNowAndEarlierOnesHeldThen() {
    add(lives("Boston", "2023-01-01"));
    Asserted moved = add(lives("Rome", "2024-03-01"));

    assertThat(now()).containsExactly("Rome");
    assertThat(facts.asOf(ann, Query.all(), day("2023-06-01"), Instant.now().plusSeconds(60)))
        .extracting(Fact::object)
        .containsExactly("Boston");
    assertThat(moved.holds()).isTrue();
  }

  @Test
  void aValueThatComesLateButIsAboutEarlierDoesNotWin() {
    add(lives("Rome", "2024-03-01"));
    add(lives("Boston", "2023-01-01"));

    assertThat(now()).containsExactly("Rome");
  }

  @Test
  void whatWasKnownThenIsStillKnownToHaveBeenKnown() {
    add(lives("Boston", "2023-01-01"));
    Instant before = facts.current(ann, Query.all()).getFirst().knownFrom();
    add(lives("Rome", "2024-03-01"));

    assertThat(facts.asOf(ann, Query.all(), NOW, before))
        .extracting(Fact::object)
        .containsExactly("Boston");
    assertThat(facts.asOf(ann, Query.all(), NOW, before.minusMillis(1))).isEmpty();
    assertThat(facts.history(ann, Query.all())).hasSize(3);
  }

  @Test
  void multiValuedPredicatesKeepAllTheirObjects() {
    for (String object : List.of("tea", "jazz")) {
      add(
          new FactDraft(
              "Ann",
              "likes",
              object,
              false,
              null,
              null,
              day("2024-01-01"),
              FactSource.USER,
              List.of()));
    }
    assertThat(facts.current(ann, new Query("Ann", "likes")))
        .extracting(Fact::object)
        .containsExactlyInAnyOrder("tea", "jazz");
  }

  @Test
  void removingTheEvidenceOfAFactBringsBackWhatItRetired() {
    add(lives("Boston", "2023-01-01"));
    Evidence joke = said("Now I live in Atlantis!", "Atlantis");
    add(lives("Atlantis", "2024-03-01", joke));
    assertThat(now()).containsExactly("Atlantis");

    forget(joke.event());

    assertThat(now()).containsExactly("Boston");
  }

  @Test
  void aFactWithTwoPiecesOfEvidenceOutlivesOne() {
    Evidence first = said("I live in Rome", "Rome");
    Evidence second = said("Rome is my home", "Rome is my home");
    add(lives("Rome", "2024-03-01", first, second));

    forget(first.event());
    assertThat(now()).containsExactly("Rome");
    forget(second.event());
    assertThat(now()).isEmpty();
  }

  @Test
  void aCorrectionReplacesAndItsRetractionRestores() {
    Asserted wrong = add(lives("Bonn", "2024-01-01"));
    Asserted right = facts.correct(ann, wrong.claim(), lives("Berlin", "2024-01-01"));
    assertThat(now()).containsExactly("Berlin");

    Asserted again = facts.correct(ann, right.claim(), lives("Bern", "2024-01-01"));
    assertThat(now()).containsExactly("Bern");

    facts.retract(ann, again.claim(), "no");
    assertThat(now()).containsExactly("Berlin");
    facts.retract(ann, right.claim(), "no");
    assertThat(now()).containsExactly("Bonn");
    assertThatThrownBy(() -> facts.retract(ann, right.claim(), "again"))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void aCorrectedClaimCannotBeCorrectedTwice() {
    Asserted wrong = add(lives("Bonn", "2024-01-01"));
    facts.correct(ann, wrong.claim(), lives("Berlin", "2024-01-01"));

    assertThatThrownBy(() -> facts.correct(ann, wrong.claim(), lives("Rome", "2024-01-01")))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void theSameClaimAgainAddsNothing() {
    Asserted first = add(lives("Rome", "2024-03-01"));
    Asserted second = add(lives("Rome", "2024-03-01"));

    assertThat(second).isEqualTo(new Asserted(first.claim(), false, true));
    assertThat(facts.history(ann, Query.all())).hasSize(1);
  }

  @Test
  void aWeakerSourceIsShownAsContestedAndSaysThatItDoesNotHold() {
    add(lives("Rome", "2024-03-01"));
    FactDraft guess =
        new FactDraft(
            "Ann",
            "lives in",
            "Paris",
            true,
            null,
            null,
            day("2024-04-01"),
            FactSource.ASSISTANT,
            List.of());
    Asserted asserted = add(guess);

    assertThat(asserted.holds()).as("it reaches into no time that Rome leaves free").isFalse();
    assertThat(now()).containsExactly("Rome");
    assertThat(contested(LATER)).containsExactly("Paris");
  }

  private static final Instant LATER = Instant.parse("9999-01-01T00:00:00Z");

  private List<String> contested(Instant known) {
    return facts.contested(ann, Query.all(), NOW, known).stream().map(Fact::object).toList();
  }

  /// When the database took the last claim down; nothing is written meanwhile.
  private Instant lately() {
    return facts.history(ann, Query.all()).stream()
        .map(Fact::knownFrom)
        .max(Instant::compareTo)
        .orElseThrow();
  }

  @Test
  void whatLosesIsToldAsOfThenToo() {
    add(lives("Rome", "2024-03-01"));
    Instant first = lately();
    Asserted later = add(lives("Bern", "2024-04-01"));
    Instant second = lately();
    facts.retract(ann, later.claim(), "not so");

    assertThat(contested(first)).isEmpty();
    assertThat(contested(second)).containsExactly("Rome");
    assertThat(contested(LATER)).isEmpty();

    FactDraft guess = lives("Paris", "2024-03-01");
    add(
        new FactDraft(
            guess.subject(),
            guess.predicate(),
            guess.object(),
            true,
            guess.validFrom(),
            null,
            guess.eventAt(),
            FactSource.ASSISTANT,
            List.of()));
    assertThat(contested(first)).as("nobody had said it then").isEmpty();
    assertThat(contested(LATER)).containsExactly("Paris");
  }

  @Test
  void aCorrectionsClaimIsContestedOnlyWhereTheCorrectionDoesNotStand() {
    Asserted rome = add(lives("Rome", "2024-03-01"));
    Instant first = lately();
    Asserted bern = facts.correct(ann, rome.claim(), lives("Bern", "2024-03-01"));
    Instant second = lately();
    facts.retract(ann, bern.claim(), "no correction");

    assertThat(now()).containsExactly("Rome");
    assertThat(contested(first)).isEmpty();
    assertThat(contested(second)).as("it never stood, by what was known then").isEmpty();
  }

  @Test
  void quotationsAreCutAgainFromTheirEvents() {
    Evidence evidence =
        said("Well… I live in Käßmark \uD83C\uDF27 now", "I live in Käßmark \uD83C\uDF27");
    Asserted asserted = add(lives("Käßmark", "2024-03-01", evidence));

    assertThat(facts.verify(ann, asserted.claim()))
        .containsExactly(new Quotation(evidence, "I live in Käßmark \uD83C\uDF27", true));

    MEMORY.transactions.write(
        ann,
        () ->
            MEMORY
                .database
                .jdbc()
                .sql("update memory_evidence set span_end = span_end - 1 where event_seq = ?")
                .param(evidence.event())
                .update());
    assertThat(facts.verify(ann, asserted.claim()))
        .extracting(Quotation::isIntact)
        .containsExactly(false);
  }

  @Test
  void whatIsNoEvidenceIsRefusedAndNothingIsWritten() {
    long recalled =
        MEMORY
            .log
            .append(
                ann,
                List.of(EventDraft.of("s", Role.RECALLED, "", day("2024-01-01"), "Ann is a duck")))
            .getFirst()
            .seq();
    long assistant =
        MEMORY
            .log
            .append(
                ann,
                List.of(
                    EventDraft.of("s", Role.ASSISTANT, "", day("2024-01-01"), "You are a duck")))
            .getFirst()
            .seq();
    MemoryScope bob = MemoryScope.of(tenant, "bob");
    long bobs =
        MEMORY
            .log
            .append(bob, List.of(MemoryFixture.said("s", "2024-01-01T00:00:00Z", "I am Bob")))
            .getFirst()
            .seq();

    for (long event : List.of(recalled, assistant, bobs, 99_999L)) {
      assertThatThrownBy(() -> add(lives("X", "2024-01-01", new Evidence(event, new Span(0, 3)))))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("event " + event);
    }
    assertThatThrownBy(() -> add(lives("X", "2024-01-01", new Evidence(recalled, new Span(0, 99)))))
        .hasMessageContaining("ends after event");
    assertThat(facts.history(ann, Query.all())).isEmpty();
  }

  @Test
  void anotherUsersFactsAreNotSeen() {
    add(lives("Rome", "2024-03-01"));

    assertThat(facts.current(MemoryScope.of(tenant, "bob"), Query.all())).isEmpty();
    assertThat(facts.current(MemoryScope.of(MEMORY.tenant(), "ann"), Query.all())).isEmpty();
    assertThatThrownBy(() -> facts.current(MemoryScope.whole(tenant), Query.all()))
        .hasMessageContaining("facts are read of one user");
  }

  @Test
  void theDatabaseHoldsNoFactInPlainText() {
    add(lives("canary-4711", "2024-03-01"));

    @Nullable String row =
        MEMORY.transactions.read(
            ann,
            () ->
                MEMORY
                    .database
                    .jdbc()
                    .sql("select string_agg(c::text, '') from memory_claims c")
                    .query(String.class)
                    .single());
    assertThat(row)
        .doesNotContain("canary")
        .doesNotContain(java.util.HexFormat.of().formatHex("canary".getBytes()));
  }

  @Test
  void badInputIsNamed() {
    assertThatThrownBy(() -> lives(" ", "2024-01-01")).hasMessageContaining("object must have 1");
    assertThatThrownBy(
            () -> new FactDraft("a", "b", "c", true, NOW, NOW, NOW, FactSource.USER, List.of()))
        .hasMessageContaining("is not before validTo");
    assertThatThrownBy(() -> facts.add(ann, List.of())).hasMessageContaining("0 claims");
    assertThatThrownBy(() -> facts.retract(ann, 4711, "x")).isInstanceOf(NotFoundException.class);
  }

  private Event lastEvent() {
    return MEMORY.log.read(ann, 0, 100).getLast();
  }

  @Test
  void evidenceIsReadFromTheEventThatItNames() {
    Evidence evidence = said("I live in Rome", "Rome");
    add(lives("Rome", "2024-03-01", evidence));

    Fact fact = facts.current(ann, Query.all()).getFirst();
    assertThat(fact.evidence()).containsExactly(evidence);
    assertThat(lastEvent().text().substring(evidence.span().start(), evidence.span().end()))
        .isEqualTo("Rome");
  }
}
