package engram.memory.recall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import engram.memory.Event;
import engram.memory.EventDraft;
import engram.memory.MemoryFixture;
import engram.memory.MemoryScope;
import engram.memory.Recall;
import engram.memory.Recall.Recalled;
import engram.memory.RecallRequest;
import engram.memory.RecallWeights;
import engram.memory.Role;
import engram.memory.episode.FixedSize;
import engram.retrieval.Explanation;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class StoredRecallTest {
  private static final MemoryFixture MEMORY = new MemoryFixture();

  private final UUID tenant = MEMORY.tenant();
  private final MemoryScope ann = MemoryScope.of(tenant, "ann");

  @AfterAll
  static void close() {
    MEMORY.close();
  }

  private void say(MemoryScope place, String session, String speaker, String at, String... texts) {
    for (String text : texts) {
      MEMORY.log.append(
          place,
          List.of(
              EventDraft.of(session, Role.USER, speaker, Instant.parse(at + "T10:00:00Z"), text)));
    }
    MEMORY.index().awaitApplied(tenant, Long.MAX_VALUE, Duration.ofSeconds(10));
  }

  private List<String> recall(RecallRequest request) {
    return MEMORY.recall().recall(request).items().stream()
        .map(Recalled::event)
        .map(Event::text)
        .toList();
  }

  private List<String> recall(MemoryScope scope, String query, int items) {
    return recall(RecallRequest.of(scope, query, items));
  }

  @Test
  void wordsAreFoundInOtherForms() {
    say(
        ann,
        "s",
        "Ann",
        "2024-03-01",
        "I adopted two puppies",
        "The weather is fine",
        "Tea please");

    assertThat(recall(ann, "Who adopts a puppy?", 1)).containsExactly("I adopted two puppies");
  }

  @Test
  void theAnswerThatRepeatsNothingOfTheQuestionComesWithIt() {
    say(ann, "a", "Bob", "2024-03-01", "What instrument do you play?");
    say(ann, "a", "Ann", "2024-03-01", "The cello, since school.", "And you?");
    say(ann, "b", "Bob", "2024-03-02", "Lovely cake.", "More coffee?", "Gladly.");

    List<String> found = recall(ann, "which instrument", 3);
    assertThat(found).first().isEqualTo("What instrument do you play?");
    assertThat(found).contains("The cello, since school.");
    assertThat(
            recall(RecallRequest.of(ann, "which instrument", 3).withWeights(RecallWeights.WORDS)))
        .as("words alone do not find it")
        .doesNotContain("The cello, since school.");
  }

  @Test
  void neighboursEndWhereTheSessionDoes() {
    say(ann, "a", "Ann", "2024-03-01", "I play the cello");
    say(ann, "b", "Ann", "2024-03-02", "Unrelated start of another session");

    assertThat(recall(ann, "cello", 10)).containsExactly("I play the cello");
  }

  @Test
  void whoIsAskedAboutIsPreferred() {
    say(ann, "a", "Bob", "2024-03-01", "Swimming is what I like");
    say(ann, "b", "Ann", "2024-03-02", "Swimming is what I like");

    assertThat(MEMORY.recall().recall(RecallRequest.of(ann, "Does Bob like swimming?", 2)).items())
        .extracting(item -> item.event().speaker())
        .containsExactly("Bob", "Ann");
  }

  @Test
  void aTimeInTheQueryIsASource() {
    say(ann, "a", "Ann", "2023-05-08", "We went hiking");
    say(ann, "b", "Ann", "2024-01-10", "We went sailing");

    assertThat(recall(ann, "What was on 8 May 2023?", 5)).first().isEqualTo("We went hiking");
    assertThat(
            recall(RecallRequest.of(ann, "yesterday", 5).at(Instant.parse("2024-01-11T09:00:00Z"))))
        .first()
        .isEqualTo("We went sailing");
  }

  @Test
  void onlyTheAskedTimeIsSearched() {
    say(ann, "a", "Ann", "2023-05-08", "I met Carl");
    say(ann, "b", "Ann", "2024-01-10", "I met Carl again");

    RecallRequest request = RecallRequest.of(ann, "Carl", 5);
    assertThat(recall(request.between(Instant.parse("2024-01-01T00:00:00Z"), null)))
        .containsExactly("I met Carl again");
    assertThat(recall(request.between(null, Instant.parse("2024-01-01T00:00:00Z"))))
        .containsExactly("I met Carl");
  }

  @Test
  void aSecondHopFindsWhatTheQuestionDoesNotName() {
    say(ann, "a", "Ann", "2024-03-01", "My doctor is Quirrell");
    say(ann, "b", "Ann", "2024-03-02", "Quirrell works at the Marienhospital");
    say(ann, "c", "Ann", "2024-03-03", "Nothing of note happened");

    assertThat(recall(ann, "Where does my doctor work?", 5))
        .contains("Quirrell works at the Marienhospital")
        .doesNotContain("Nothing of note happened");
    RecallWeights w = RecallWeights.DEFAULT;
    RecallWeights noHop =
        new RecallWeights(
            w.near(),
            w.far(),
            w.session(),
            w.speaker(),
            w.time(),
            w.vector(),
            0,
            w.episode(),
            w.across(),
            w.spread(),
            w.recency(),
            w.recencyDays(),
            w.importance());
    assertThat(recall(RecallRequest.of(ann, "Who is my doctor?", 5).withWeights(noHop)))
        .containsExactly("My doctor is Quirrell");
  }

  @Test
  void theScoreIsTheSumOfWhatIsSaidOfIt() {
    say(ann, "a", "Bob", "2023-05-08", "Do you like jazz?", "Jazz it is", "Fine");
    say(ann, "b", "Ann", "2023-05-09", "Jazz in May, jazz in June");

    for (Recalled item :
        MEMORY.recall().recall(RecallRequest.of(ann, "jazz on 8 May 2023 with Bob", 10)).items()) {
      Explanation explanation = item.explanation();
      double sum = explanation.parts().stream().mapToDouble(Explanation::value).sum();
      assertThat(sum).isCloseTo(item.score(), within(1e-9));
      assertThat(explanation.parts()).isNotEmpty();
    }
  }

  @Test
  void theBudgetIsKeptAndSaysWhatIsLeftOut() {
    String longText = "jazz " + "and so on ".repeat(40);
    say(ann, "a", "Ann", "2024-03-01", longText, "jazz one", "jazz two");

    Recall.Result result = MEMORY.recall().recall(RecallRequest.of(ann, "jazz", 10).withBudget(40));
    assertThat(result.tokens()).isLessThanOrEqualTo(40);
    assertThat(result.items()).extracting(item -> item.event().text()).doesNotContain(longText);
    assertThat(result.items()).hasSize(2);
    assertThat(result.isWhole()).isFalse();
    assertThat(MEMORY.recall().recall(RecallRequest.of(ann, "jazz", 10)).isWhole()).isTrue();
  }

  @Test
  void nobodyRecallsWhatIsAnothers() {
    say(ann, "s", "Ann", "2024-03-01", "my secret is a tattoo");
    MemoryScope run = new MemoryScope(tenant, "ann", "coach", "r1");
    say(run, "s", "Ann", "2024-03-01", "the coach knows of the tattoo");

    assertThat(recall(MemoryScope.of(tenant, "bob"), "secret tattoo", 10)).isEmpty();
    assertThat(recall(MemoryScope.of(MEMORY.tenant(), "ann"), "secret tattoo", 10)).isEmpty();
    assertThat(recall(ann, "secret tattoo", 10)).containsExactly("my secret is a tattoo");
    assertThat(recall(run, "secret tattoo", 10)).containsExactly("the coach knows of the tattoo");
    assertThat(recall(MemoryScope.allOf(tenant, "ann"), "secret tattoo", 10)).hasSize(2);
    assertThatThrownBy(() -> RecallRequest.of(MemoryScope.whole(tenant), "x", 1))
        .hasMessageContaining("one user's");
  }

  @Test
  void ofTwoThatTieTheLaterComesFirst() {
    say(ann, "a", "Ann", "2024-03-01", "The code is 4711");
    say(ann, "b", "Ann", "2024-03-01", "The code is 4712");

    assertThat(recall(ann, "code", 2)).containsExactly("The code is 4712", "The code is 4711");
  }

  @Test
  void noSessionCrowdsOutTheOthers() {
    say(ann, "a", "Ann", "2024-03-01", "jazz jazz jazz!", "jazz jazz jazz?");
    say(ann, "b", "Ann", "2024-03-02", "jazz jazz jazz in Oslo town");
    RecallRequest plain = RecallRequest.of(ann, "jazz", 2).withWeights(RecallWeights.WORDS);
    RecallWeights w = RecallWeights.WORDS;
    RecallWeights spread =
        new RecallWeights(
            w.near(),
            w.far(),
            w.session(),
            w.speaker(),
            w.time(),
            w.vector(),
            w.hop(),
            w.episode(),
            w.across(),
            1,
            w.recency(),
            w.recencyDays(),
            w.importance());

    assertThat(recall(plain)).containsExactly("jazz jazz jazz?", "jazz jazz jazz!");
    assertThat(recall(plain.withWeights(spread)))
        .containsExactly("jazz jazz jazz?", "jazz jazz jazz in Oslo town");
  }

  @Test
  void anEpisodesMatchCountsAndItsBorderHolds() {
    say(ann, "a", "Ann", "2024-03-01", "We talked of the cello", "Then of tea", "Then of cakes");
    MEMORY.segment(new FixedSize(1));
    RecallWeights w = RecallWeights.DEFAULT;
    RecallWeights bordered =
        new RecallWeights(w.near(), w.far(), 0, 0, 0, 0, 0, 0.2, 0, 0, 0, w.recencyDays(), 0);

    List<Recalled> found =
        MEMORY.recall().recall(RecallRequest.of(ann, "cello", 5).withWeights(bordered)).items();

    assertThat(found).hasSize(1);
    assertThat(found.getFirst().explanation().parts())
        .extracting(Explanation::label)
        .containsExactly("words", "episode");
    assertThat(found.getFirst().score()).isCloseTo(1.2, within(1e-9));
  }

  @Test
  void whatWasRecalledIsNotRecalledAgain() {
    MEMORY.log.append(
        ann,
        List.of(
            EventDraft.of(
                "s",
                Role.RECALLED,
                "",
                Instant.parse("2024-03-01T10:00:00Z"),
                "memory: Ann likes marmalade")));
    say(ann, "s", "Ann", "2024-03-01", "Marmalade for me");

    assertThat(recall(ann, "marmalade", 10)).containsExactly("Marmalade for me");
  }

  @Test
  void anIndexThatLostItsLastStepsCatchesUpAndDoublesNothing() {
    say(ann, "s", "Ann", "2024-03-01", "walnuts one");
    MEMORY.index().commit();
    say(ann, "s", "Ann", "2024-03-01", "walnuts two");

    MEMORY.reopenIndex();
    long after = MEMORY.index().appliedSeq(tenant);
    assertThat(after).isEqualTo(1);
    MEMORY.index().awaitApplied(tenant, Long.MAX_VALUE, Duration.ofSeconds(10));

    assertThat(recall(ann, "walnuts", 10)).containsExactlyInAnyOrder("walnuts one", "walnuts two");
  }

  @Test
  void hostileQueriesAreHarmless() {
    say(ann, "s", "Ann", "2024-03-01", "plain text");

    assertThat(recall(ann, "((( \" AND OR NOT *:* \\ \uD800 31 June 2023", 5)).isEmpty();
    assertThat(recall(ann, "the of and", 5)).isEmpty();
    assertThat(recall(ann, "plain ".repeat(1_000), 5)).containsExactly("plain text");
    assertThatThrownBy(() -> RecallRequest.of(ann, " ", 5)).hasMessageContaining("query must have");
    assertThatThrownBy(() -> RecallRequest.of(ann, "x", 501)).hasMessageContaining("items 501");
  }
}
