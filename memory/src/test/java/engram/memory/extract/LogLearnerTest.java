package engram.memory.extract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.memory.Event;
import engram.memory.EventDraft;
import engram.memory.Evidence;
import engram.memory.Fact;
import engram.memory.FactDraft;
import engram.memory.FactExtractor;
import engram.memory.FactSource;
import engram.memory.Facts.Query;
import engram.memory.Facts.Quotation;
import engram.memory.MemoryFixture;
import engram.memory.MemoryScope;
import engram.memory.Role;
import engram.memory.fact.StoredFacts;
import engram.retrieval.Span;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class LogLearnerTest {
  private static final MemoryFixture MEMORY = new MemoryFixture();

  private final UUID tenant = MEMORY.tenant();
  private final MemoryScope ann = MemoryScope.of(tenant, "ann");
  private final StoredFacts facts =
      new StoredFacts(
          MEMORY.transactions, MEMORY.database.jdbc(), MEMORY.ciphers, Clock.systemUTC());

  @AfterAll
  static void close() {
    MEMORY.close();
  }

  private LogLearner learner(FactExtractor extractor) {
    return new LogLearner(
        MEMORY.database.transactions(),
        MEMORY.transactions,
        MEMORY.database.jdbc(),
        MEMORY.rows(),
        facts,
        extractor);
  }

  private void learn(FactExtractor extractor) {
    LogLearner learner = learner(extractor);
    for (int step = 0; step < 100 && learner.learnNext(); step++) {}
  }

  private long say(MemoryScope place, Role role, String at, String text) {
    EventDraft draft = EventDraft.of("s", role, "Ann", Instant.parse(at + "T10:00:00Z"), text);
    return MEMORY.log.append(place, List.of(draft)).getFirst().seq();
  }

  private List<String> current(MemoryScope place, String predicate) {
    return facts.current(place, new Query("Ann", predicate)).stream().map(Fact::object).toList();
  }

  @Test
  void whatIsSaidLaterIsWhatHoldsAndEveryClaimCanBeVerified() {
    say(ann, Role.USER, "2024-01-01", "Hi! I live in Bonn, and my name is Ann.");
    say(ann, Role.ASSISTANT, "2024-01-01", "I live in a computer.");
    say(ann, Role.RECALLED, "2024-01-01", "I live in Nowhere.");
    say(ann, Role.USER, "2024-03-01", "I just moved to Rome.");
    MemoryScope bob = MemoryScope.of(tenant, "bob");
    say(bob, Role.USER, "2024-04-01", "I live in Oslo.");

    learn(new PatternFacts());

    assertThat(current(ann, "lives in")).containsExactly("Rome");
    assertThat(current(ann, "name")).containsExactly("Ann");
    assertThat(current(bob, "lives in")).containsExactly("Oslo");
    for (Fact fact : facts.history(ann, Query.all())) {
      assertThat(facts.verify(ann, fact.claim())).isNotEmpty().allMatch(Quotation::isIntact);
    }
  }

  @Test
  void aClaimThatWasRetractedIsNotLearntAgain() {
    say(ann, Role.USER, "2024-01-01", "I live in Bonn.");
    learn(new PatternFacts());
    Fact fact = facts.current(ann, Query.all()).getFirst();
    facts.retract(ann, fact.claim(), "not so");

    say(ann, Role.USER, "2024-01-02", "Nice weather.");
    learn(new PatternFacts());

    assertThat(facts.current(ann, Query.all())).isEmpty();
  }

  @Test
  void aClaimThatWasRetractedIsNotLearntAgainWhenTheLogIsReadAnew() {
    say(ann, Role.USER, "2024-01-01", "I live in Bonn, and my name is Ann.");
    learn(new PatternFacts());
    Fact bonn = facts.current(ann, new Query("Ann", "lives in")).getFirst();
    facts.retract(ann, bonn.claim(), "not so");

    learn(named("better patterns", new PatternFacts()::extract));

    assertThat(facts.current(ann, Query.all())).extracting(Fact::object).containsExactly("Ann");
  }

  private static FactExtractor named(String name, Function<Event, List<FactDraft>> extract) {
    return new FactExtractor() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public List<FactDraft> extract(Event event) {
        return extract.apply(event);
      }
    };
  }

  private static FactDraft claim(Event event, String predicate, String object, int start, int end) {
    return new FactDraft(
        "Ann",
        predicate,
        object,
        true,
        null,
        null,
        event.at(),
        FactSource.USER,
        List.of(new Evidence(event.seq(), new Span(start, end))));
  }

  @Test
  void aModelAddsToThePatternsAndRepeatsThemNot() {
    say(ann, Role.USER, "2024-01-01", "I live in Bonn. Moving was exhausting.");
    FactExtractor model =
        named(
            "model m",
            event ->
                List.of(
                    claim(event, "Lives in", "bonn", 0, 9),
                    claim(event, "moved", "recently", 16, 22)));

    FactExtractor both = new PatternsAndModel(new PatternFacts(), model);
    learn(both);

    assertThat(both.name()).contains("patterns-1", "model m");
    assertThat(facts.current(ann, Query.all()))
        .extracting(Fact::predicate)
        .containsExactly("lives in", "moved");
    assertThat(current(ann, "lives in")).containsExactly("Bonn");
  }

  /// As long as the model does not answer nothing is passed over.
  @Test
  void whereTheExtractorFailsTheLogIsReadAgain() {
    say(ann, Role.USER, "2024-01-01", "I live in Bonn.");
    boolean[] away = {true};
    FactExtractor model =
        named(
            "moody",
            event -> {
              if (away[0]) {
                throw new IllegalStateException("away");
              }
              return new PatternFacts().extract(event);
            });

    assertThatThrownBy(() -> learn(model)).hasMessage("away");
    assertThat(facts.current(ann, Query.all())).isEmpty();
    away[0] = false;
    learn(model);
    assertThat(current(ann, "lives in")).containsExactly("Bonn");
  }

  @Test
  void whatQuotesNothingOfTheEventIsDropped() {
    say(ann, Role.USER, "2024-01-01", "short");
    FactExtractor liar =
        new FactExtractor() {
          @Override
          public String name() {
            return "liar";
          }

          @Override
          public List<FactDraft> extract(Event event) {
            return List.of(
                claim(event, List.of()),
                claim(event, List.of(new Evidence(event.seq(), new Span(0, 99)))),
                claim(event, List.of(new Evidence(event.seq() + 1, new Span(0, 1)))));
          }

          private FactDraft claim(Event event, List<Evidence> evidence) {
            return new FactDraft(
                "Ann", "is", "a duck", true, null, null, event.at(), FactSource.USER, evidence);
          }
        };

    learn(liar);

    assertThat(facts.history(ann, Query.all())).isEmpty();
  }

  @Test
  void anotherExtractorReadsTheLogAnew() {
    say(ann, Role.USER, "2024-01-01", "I live in Bonn.");
    FactExtractor nothing =
        new FactExtractor() {
          @Override
          public String name() {
            return "nothing";
          }

          @Override
          public List<FactDraft> extract(Event event) {
            return List.of();
          }
        };
    learn(nothing);
    assertThat(facts.current(ann, Query.all())).isEmpty();

    learn(new PatternFacts());
    assertThat(current(ann, "lives in")).containsExactly("Bonn");
  }
}
