package engram.memory.extract;

import static org.assertj.core.api.Assertions.assertThat;

import engram.memory.Event;
import engram.memory.Evidence;
import engram.memory.FactDraft;
import engram.memory.MemoryScope;
import engram.memory.Role;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PatternFactsTest {
  private static final Instant AT = Instant.parse("2024-03-01T10:00:00Z");

  private static Event said(Role role, String text) {
    MemoryScope ann = MemoryScope.of(UUID.randomUUID(), "ann");
    return new Event(7, ann, "s", 0, role, "", AT, text, null, 0.5, Map.of(), AT);
  }

  private static List<FactDraft> claims(String text) {
    return new PatternFacts().extract(said(Role.USER, text));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          My name is Michael, and this is my first time.   | name           | Michael
          I live in Rome.                                  | lives in       | Rome
          I live in St. Louis with two cats                | lives in       | St. Louis
          Hi, I just moved to New York!                    | lives in       | New York
          I moved to Bern last week.                       | lives in       | Bern
          I've moved to San Marino three years ago         | lives in       | San Marino
          I was born in Ulm in 1984, by the way            | born in        | Ulm
          I moved to Lisbon in early March                 | lives in       | Lisbon
          I'm 35 years old, live in Seattle                | age            | 35
          I work at Acme Corp. and it is fine              | works at       | Acme Corp
          Well, I work as a graphic designer now           | works as       | graphic designer
          Actually, my favourite colour is sea green.      | favorite colour| sea green
          my email is ann.b@example.org                    | email          | ann.b@example.org
          I'm allergic to peanuts                          | allergic to    | peanuts
          My dog's name is Käsebier.                       | dog's name     | Käsebier
          """)
  void whatIsSaidInSoManyWordsIsClaimed(String text, String predicate, String object) {
    assertThat(claims(text))
        .anySatisfy(claim -> {
          assertThat(claim.predicate()).isEqualTo(predicate);
          assertThat(claim.object()).isEqualTo(object);
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "If I live in Rome, what is my tax?",
        "Do you know if I live in Rome?",
        "I don't like tea",
        "I would love pizza",
        "I used to think I live in Rome",
        "She said my name is hard",
        "I no longer work at Acme",
        "Where do I live in Rome?",
        "the sign says: nothing",
        "I like",
        ""
      })
  void whatAsksSupposesOrDeniesClaimsNothing(String text) {
    assertThat(claims(text)).isEmpty();
  }

  @Test
  void everyClaimQuotesItsOwnClause() {
    String text = "Hello there! I live in Rome, and my favorite dish is carbonara. I like jazz.";
    List<FactDraft> claims = claims(text);

    assertThat(claims).hasSize(3);
    for (FactDraft claim : claims) {
      Evidence evidence = claim.evidence().getFirst();
      assertThat(evidence.event()).isEqualTo(7);
      assertThat(text.substring(evidence.span().start(), evidence.span().end()))
          .endsWith(claim.object());
      assertThat(claim.eventAt()).isEqualTo(AT);
    }
  }

  @Test
  void othersThanUsersClaimNothingOfThemselves() {
    assertThat(new PatternFacts().extract(said(Role.ASSISTANT, "I live in Rome."))).isEmpty();
    assertThat(new PatternFacts().extract(said(Role.TOOL, "I live in Rome."))).isEmpty();
    assertThat(new PatternFacts().extract(said(Role.RECALLED, "I live in Rome."))).isEmpty();
  }

  @Test
  void longAndHostileTextEnds() {
    assertThat(claims("I live in " + "a ".repeat(100_000))).isEmpty();
    assertThat(claims("I like x. ".repeat(10_000))).hasSizeBetween(1, 200);
    assertThat(claims("my my my name is ".repeat(5_000))).isEmpty();
  }
}
