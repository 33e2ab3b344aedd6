package engram.memory.level;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.memory.EpisodeSegmenter;
import engram.memory.EventDraft;
import engram.memory.Forgetting;
import engram.memory.Forgetting.Selection;
import engram.memory.LevelBank.Demotion;
import engram.memory.LevelBank.Growth;
import engram.memory.LevelBank.Level;
import engram.memory.LevelBank.Size;
import engram.memory.LevelBank.Sizes;
import engram.memory.LevelBank.State;
import engram.memory.LevelBank.Summary;
import engram.memory.MemoryFixture;
import engram.memory.MemoryScope;
import engram.memory.RecallRequest;
import engram.memory.Role;
import engram.memory.Summariser;
import engram.memory.Versions.Rollback;
import engram.memory.Versions.Snapshot;
import engram.memory.episode.FixedSize;
import engram.memory.fact.StoredFacts;
import engram.memory.forget.StoredForgetting;
import engram.memory.vault.ReceiptSigner;
import engram.memory.version.StoredVersions;
import engram.retrieval.ModelException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class LevelStepsTest {
  private static final MemoryFixture MEMORY = new MemoryFixture();
  private static final Instant DAY = Instant.parse("2024-03-01T10:00:00Z");
  private static final EpisodeSegmenter BY_FOUR = new FixedSize(4);
  private static final LevelSettings SETTINGS =
      new LevelSettings(200, 300, 400, Duration.ZERO, 1L << 20, 1);

  private final UUID tenant = MEMORY.tenant();
  private final MemoryScope ann = MemoryScope.of(tenant, "ann");
  private final Settable clock = new Settable();

  @AfterAll
  static void close() {
    MEMORY.close();
  }

  private static final class Settable extends Clock {
    private Instant now = Instant.now().plus(Duration.ofHours(1));

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return now;
    }
  }

  /// Counts what it is asked.
  private static final class Counting implements Summariser {
    private final List<Request> asked = new ArrayList<>();
    private final String name;

    Counting(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public String summarise(Request request) {
      asked.add(request);
      String first = request.sources().getFirst().text().lines().findFirst().orElse("");
      return first + " by " + name + "\n" + "x".repeat(2 * request.charsMax());
    }

    /// Of other tests' tenants it is asked too.
    List<Request> asked(Level level, String about) {
      return asked.stream()
          .filter(request ->
              request.level() == level
                  && request.sources().stream().anyMatch(one -> one.text().contains(about)))
          .toList();
    }
  }

  private LevelSteps steps(Summariser summariser, LevelSettings settings) {
    return new LevelSteps(
        MEMORY.readers(),
        MEMORY.transactions,
        MEMORY.database.jdbc(),
        MEMORY.rows(),
        new SummaryRows(MEMORY.database.jdbc(), MEMORY.ciphers),
        summariser,
        settings,
        place -> {},
        clock);
  }

  private StoredLevels bank(LevelSettings settings) {
    return new StoredLevels(
        MEMORY.transactions,
        MEMORY.database.jdbc(),
        new SummaryRows(MEMORY.database.jdbc(), MEMORY.ciphers),
        settings,
        clock);
  }

  private void run(LevelSteps steps) {
    MEMORY.segment(BY_FOUR);
    while (steps.summariseNext()) {
      // until there is nothing left
    }
  }

  private void run(Summariser summariser) {
    run(steps(summariser, SETTINGS));
  }

  private List<Summary> level(MemoryScope scope, Level level) {
    return bank(SETTINGS).read(scope, level, 0, 1_000).items();
  }

  private List<Long> say(String session, String... texts) {
    List<Long> seqs = new ArrayList<>();
    for (String text : texts) {
      EventDraft draft =
          EventDraft.of(session, Role.USER, "Ann", DAY.plusSeconds(seqs.size()), text);
      seqs.add(MEMORY.log.append(ann, List.of(draft)).getFirst().seq());
    }
    return seqs;
  }

  private Forgetting forgetting() {
    return new StoredForgetting(
        MEMORY.transactions,
        MEMORY.database.jdbc(),
        MEMORY.ciphers,
        new StoredFacts(
            MEMORY.transactions, MEMORY.database.jdbc(), MEMORY.ciphers, Clock.systemUTC()),
        MEMORY.index(),
        ReceiptSigner.open(MEMORY.keys),
        List.of(),
        Clock.systemUTC());
  }

  @Test
  void whatIsSaidComesUpTheLevelsWithItsSources() {
    List<Long> seqs =
        say(
            "s",
            "My cello teacher is Quirrell.",
            "Quirrell plays the cello in the opera.",
            "Lovely weather!",
            "What do you think?");
    say("t", "The cello of Quirrell was made in Cremona.");

    run(new SentencePicks());

    List<Summary> episodes = level(ann, Level.EPISODE);
    assertThat(episodes).hasSize(2);
    assertThat(episodes.getFirst().sources()).isEqualTo(seqs);
    assertThat(episodes.getFirst().text()).contains("Ann: My cello teacher is Quirrell.");
    List<Summary> topics = level(ann, Level.TOPIC);
    assertThat(topics).as("both are about the cello").hasSize(1);
    assertThat(topics.getFirst().sources()).isEqualTo(episodes.stream().map(Summary::id).toList());
    List<Summary> profile = level(ann, Level.PROFILE);
    assertThat(profile).hasSize(1);
    assertThat(profile.getFirst().text()).contains("[2024-03-01] Ann:").contains("Quirrell");
    assertThat(profile.getFirst().writer()).isEqualTo("extractive");
    assertThat(level(MemoryScope.of(tenant, "bob"), Level.PROFILE)).isEmpty();
    assertThatThrownBy(() -> level(ann, Level.TURN)).hasMessageContaining("read from the log");
  }

  @Test
  void onlyWhatChangedIsSummarisedAgain() {
    Counting model = new Counting("model");
    say("s", "unchanged one two three four", "unchanged five six seven eight");
    say("t", "unchanged nine ten eleven twelve");
    run(model);
    assertThat(model.asked(Level.EPISODE, "unchanged")).hasSize(2);

    run(model);
    assertThat(model.asked(Level.EPISODE, "unchanged")).as("nothing is new").hasSize(2);
    say("u", "unchanged thirteen fourteen fifteen sixteen");
    run(model);
    assertThat(model.asked(Level.EPISODE, "unchanged")).hasSize(3);
    say("u", "unchanged seventeen eighteen nineteen twenty");
    run(model);
    assertThat(model.asked(Level.EPISODE, "unchanged")).as("its end grew").hasSize(4);
    assertThat(level(ann, Level.EPISODE)).hasSize(3);
  }

  @Test
  void episodesThatAreCutAnewAreSummarisedAnewThoughNothingNewIsSaid() {
    say("s", "recut one two three four", "recut five six seven eight");
    run(new SentencePicks());
    assertThat(level(ann, Level.EPISODE)).hasSize(1);

    MEMORY.segment(new FixedSize(1));
    LevelSteps steps = steps(new SentencePicks(), SETTINGS);
    while (steps.summariseNext()) {
      // until there is nothing left
    }

    assertThat(level(ann, Level.EPISODE)).hasSize(2).allMatch(one -> one.sources().size() == 1);
  }

  @Test
  void noSummaryIsLargerThanItMayBeWhateverTheModelWrites() {
    for (int session = 0; session < 8; session++) {
      say("s" + session, "subject " + session + " alpha beta gamma", "delta " + session);
      run(new Counting("verbose"));
      assertThat(level(ann, Level.EPISODE)).allMatch(one -> one.text().length() <= 200);
      assertThat(level(ann, Level.TOPIC)).allMatch(one -> one.text().length() <= 300);
      assertThat(level(ann, Level.PROFILE))
          .hasSize(1)
          .allMatch(one -> one.text().length() <= 400 && !one.text().isEmpty());
    }
  }

  @Test
  void aProfileIsMadeOfTheStateBeforeAndWhatIsNew() {
    Counting model = new Counting("model");
    say("s", "stateful two three four");
    run(model);
    String before = level(ann, Level.PROFILE).getFirst().text();
    say("t", "stateful six seven eight");
    run(model);

    assertThat(model.asked(Level.PROFILE, "stateful").getLast().before()).isEqualTo(before);
  }

  @Test
  void whereTheModelFailsAnExtractStandsIn() {
    say("s", "My cello teacher is Quirrell.");
    run(
        new Summariser() {
          @Override
          public String name() {
            return "broken";
          }

          @Override
          public String summarise(Request request) {
            throw new ModelException("model_unreachable", "gone");
          }
        });

    assertThat(level(ann, Level.EPISODE))
        .extracting(Summary::writer, Summary::text)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(
                "extractive", "Ann: My cello teacher is Quirrell."));
  }

  @Test
  void anotherWriterWritesAllAnew() {
    say("s", "one two three four");
    run(new SentencePicks());
    run(new Counting("model"));

    for (Level level : List.of(Level.EPISODE, Level.TOPIC, Level.PROFILE)) {
      assertThat(level(ann, level)).hasSize(1).allMatch(one -> one.writer().equals("model"));
    }
  }

  @Test
  void noLevelHasAWordOfWhatIsForgotten() {
    List<Long> seqs =
        say("s", "The zanzibar key lies under the mat.", "The key opens the red door.");
    say("t", "The red door leads to the key room.");
    run(new SentencePicks());
    assertThat(level(ann, Level.PROFILE).getFirst().text()).contains("zanzibar");

    Forgetting.Receipt receipt =
        forgetting().erase(ann, new Selection.Events(Set.of(seqs.getFirst())), "k");

    assertThat(receipt.removed().get("summaries")).isGreaterThanOrEqualTo(3);
    assertThat(receipt.isVerified()).isTrue();
    assertThat(level(ann, Level.PROFILE)).as("before any step ran").isEmpty();
    run(new SentencePicks());
    for (Level level : List.of(Level.EPISODE, Level.TOPIC, Level.PROFILE)) {
      assertThat(level(ann, level)).isNotEmpty().noneMatch(one -> one.text().contains("zanzibar"));
    }
    assertThat(level(ann, Level.EPISODE)).hasSize(2);

    assertThat(forgetting().eraseUser(tenant, "ann", "k").remaining())
        .containsEntry("summaries", 0L)
        .containsEntry("demotions", 0L);
    assertThat(level(ann, Level.EPISODE)).isEmpty();
  }

  @Test
  void noLevelHasAWordOfWhatARollbackSetAsideUntilItIsBack() {
    StoredVersions versions =
        new StoredVersions(
            MEMORY.transactions,
            MEMORY.database.jdbc(),
            MEMORY.rows(),
            new SummaryRows(MEMORY.database.jdbc(), MEMORY.ciphers),
            new StoredFacts(
                MEMORY.transactions, MEMORY.database.jdbc(), MEMORY.ciphers, Clock.systemUTC()));
    say("s", "The key opens the red door.");
    Snapshot then = versions.take(ann, "then", "k");
    say("t", "The zanzibar key lies under the mat.", "The red door leads to the key room.");
    run(new SentencePicks());
    assertThat(level(ann, Level.PROFILE).getFirst().text()).contains("zanzibar");

    Rollback done = versions.rollback(then, "k");
    assertThat(level(ann, Level.PROFILE)).as("before any step ran").isEmpty();
    run(new SentencePicks());
    for (Level level : List.of(Level.EPISODE, Level.TOPIC, Level.PROFILE)) {
      assertThat(level(ann, level)).isNotEmpty().noneMatch(one -> one.text().contains("zanzibar"));
    }

    versions.rollback(done.undo(), "k");
    run(new SentencePicks());
    for (Level level : List.of(Level.EPISODE, Level.TOPIC, Level.PROFILE)) {
      assertThat(level(ann, level)).anyMatch(one -> one.text().contains("zanzibar"));
    }
  }

  @Test
  void whatIsForgottenWhileItIsWrittenIsInNoSummary() {
    List<Long> seqs = say("s", "The zanzibar key lies under the mat.", "The key is old enough.");
    Forgetting forgetting = forgetting();
    Summariser slow =
        new Summariser() {
          private boolean erased;

          @Override
          public String name() {
            return "slow";
          }

          @Override
          public String summarise(Request request) {
            String text = new SentencePicks().summarise(request);
            if (!erased) {
              erased = true;
              forgetting.erase(ann, new Selection.Events(Set.of(seqs.getFirst())), "k");
            }
            return text;
          }
        };

    run(slow);

    for (Level level : List.of(Level.EPISODE, Level.TOPIC, Level.PROFILE)) {
      assertThat(level(ann, level)).hasSize(1).noneMatch(one -> one.text().contains("zanzibar"));
    }
  }

  @Test
  void theBudgetShortensBeforeItDropsAndSaysWhat() {
    LevelSettings tight = new LevelSettings(200, 300, 100, Duration.ZERO, 900, 1);
    for (int session = 0; session < 12; session++) {
      String word = "word" + session;
      say(
          "s" + session,
          "I saw the " + word + " of the north with my own eyes today.",
          "It was the greatest " + word + " that anybody could wish for.",
          "Tomorrow " + word + " comes again, they all say so.");
      run(steps(new SentencePicks(), tight));
      clock.now = clock.now.plus(Duration.ofDays(1));
      assertThat(bank(tight).sizes(ann).usedBytes()).isLessThanOrEqualTo(900);
    }

    Sizes sizes = bank(tight).sizes(ann);
    assertThat(sizes.growth()).extracting(Growth::day).isSorted().doesNotContainNull();
    assertThat(sizes.growth()).filteredOn(one -> one.bytes() < 0).isNotEmpty();
    for (Size size : sizes.levels()) {
      assertThat(
              sizes.growth().stream()
                  .filter(one -> one.level() == size.level())
                  .mapToLong(Growth::bytes)
                  .sum())
          .as("what %s grew by", size.level())
          .isEqualTo(size.bytes());
    }
    List<Demotion> demotions = sizes.demotions().reversed();
    assertThat(demotions).isNotEmpty();
    assertThat(demotions.getFirst().to()).isEqualTo(State.BRIEF);
    assertThat(demotions).extracting(Demotion::to).contains(State.DROPPED);
    assertThat(demotions).allMatch(one -> one.bytes() > 0 && one.retention() <= 1);
    List<Summary> episodes = bank(tight).read(ann, Level.EPISODE, 0, 100).items();
    assertThat(episodes).hasSize(12);
    assertThat(episodes.getFirst().state()).isEqualTo(State.DROPPED);
    assertThat(episodes.getLast().state()).isEqualTo(State.FULL);
    assertThat(MEMORY.log.count(ann)).as("the log has all of it").isEqualTo(36);

    SummaryRows rows = new SummaryRows(MEMORY.database.jdbc(), MEMORY.ciphers);
    MEMORY.transactions.write(
        ann,
        () -> {
          rows.trimDemotions(ann, 2);
          return true;
        });
    assertThat(bank(tight).sizes(ann).demotions())
        .as("of what was written down the latest are kept")
        .isEqualTo(demotions.reversed().subList(0, 2));
  }

  @Test
  void whatIsRecalledLastsLonger() {
    say("s", "The cello is from Cremona.");
    LevelSteps steps = steps(new SentencePicks(), SETTINGS);
    run(steps);
    MEMORY.index().awaitApplied(tenant, Long.MAX_VALUE, Duration.ofSeconds(10));
    clock.now = clock.now.plus(Duration.ofDays(1));
    Summary before = level(ann, Level.EPISODE).getFirst();
    assertThat(before.retention())
        .isCloseTo(Math.exp(-1), org.assertj.core.data.Offset.offset(1e-3));

    steps.recalled(MEMORY.recall().recall(RecallRequest.of(ann, "cello", 5)));
    run(steps);

    Summary after = level(ann, Level.EPISODE).getFirst();
    assertThat(after.recalls()).isEqualTo(1);
    assertThat(after.retention()).isEqualTo(1);
    clock.now = clock.now.plus(Duration.ofDays(1));
    assertThat(level(ann, Level.EPISODE).getFirst().retention())
        .isCloseTo(Math.exp(-0.5), org.assertj.core.data.Offset.offset(1e-3));
  }
}
