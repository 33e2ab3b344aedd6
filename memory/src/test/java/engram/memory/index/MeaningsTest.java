package engram.memory.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import engram.memory.EventDraft;
import engram.memory.MemoryFixture;
import engram.memory.MemoryScope;
import engram.memory.Recall;
import engram.memory.Recall.Recalled;
import engram.memory.RecallRequest;
import engram.memory.Role;
import engram.memory.TextVectors;
import engram.memory.consolidate.Covers;
import engram.memory.recall.StoredRecall;
import engram.retrieval.Explanation;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// A model of vectors that fails and comes back.
class MeaningsTest {
  private static final MemoryFixture MEMORY = new MemoryFixture();
  private static final Duration PAUSE = Duration.ofMillis(50);

  private final UUID tenant = MEMORY.tenant();
  private final MemoryScope ann = MemoryScope.of(tenant, "ann");
  private final Moody model = new Moody();
  private final Meanings meanings = new Meanings(model, Duration.ofSeconds(10), PAUSE);

  @AfterAll
  static void close() {
    MEMORY.close();
  }

  /// Knows animals and music, in its good moods.
  private static final class Moody implements TextVectors {
    private static final List<String> SUBJECTS = List.of("dog puppy hound", "cello violin music");
    private volatile boolean fails;

    @Override
    public String name() {
      return "moody";
    }

    @Override
    public List<float[]> of(List<String> texts) {
      if (fails) {
        throw new IllegalStateException("not now");
      }
      List<float[]> vectors = new ArrayList<>();
      for (String text : texts) {
        float[] vector = new float[64];
        vector[63] = 0.1f;
        for (int subject = 0; subject < SUBJECTS.size(); subject++) {
          for (String word : SUBJECTS.get(subject).split(" ")) {
            vector[subject] += text.toLowerCase(Locale.ROOT).contains(word) ? 1 : 0;
          }
        }
        vectors.add(vector);
      }
      return vectors;
    }
  }

  private void say(String text) {
    MEMORY.log.append(
        ann,
        List.of(
            EventDraft.of(
                "s" + text, Role.USER, "Ann", Instant.parse("2024-03-01T10:00:00Z"), text)));
  }

  private LogFollower follower() {
    return LogFollower.open(
        MemoryFixture.temporary(),
        MEMORY.database.transactions(),
        MEMORY.transactions,
        MEMORY.database.jdbc(),
        MEMORY.rows(),
        meanings);
  }

  private List<Recalled> recall(LogFollower follower, String query) {
    Recall recall =
        new StoredRecall(
            new EventSearch(follower),
            MEMORY.transactions,
            MEMORY.rows(),
            MEMORY.episodes(),
            new Covers(MEMORY.database.jdbc()),
            meanings,
            Clock.systemUTC());
    return recall.recall(RecallRequest.of(ann, query, 5)).items();
  }

  private static List<String> texts(List<Recalled> items) {
    return items.stream().map(item -> item.event().text()).toList();
  }

  @Test
  void whatMeansTheSameIsFoundWithoutACommonWord() {
    say("My puppy sleeps a lot");
    say("The cello is in tune");
    try (LogFollower follower = follower()) {
      follower.awaitApplied(tenant, Long.MAX_VALUE, Duration.ofSeconds(10));

      List<Recalled> found = recall(follower, "dog");
      assertThat(texts(found)).first().isEqualTo("My puppy sleeps a lot");
      Explanation meaning =
          found.getFirst().explanation().parts().stream()
              .filter(part -> part.label().equals("meaning"))
              .findFirst()
              .orElseThrow();
      // Whole vectors: half of the cosine of (1, 0, …, .1) with itself, not of four bits a number.
      assertThat(meaning.value()).isCloseTo(0.5, within(1e-5));
    }
  }

  @Test
  void aModelThatFailsHoldsNothingUpAndIsMadeUpForLater() {
    model.fails = true;
    say("My puppy sleeps a lot");
    say("The cello is in tune");
    try (LogFollower follower = follower()) {
      assertThat(
              follower.awaitApplied(
                  tenant, MEMORY.log.read(ann, 0, 10).getLast().seq(), Duration.ofSeconds(10)))
          .isTrue();
      assertThat(texts(recall(follower, "puppy"))).containsExactly("My puppy sleeps a lot");
      assertThat(recall(follower, "dog")).isEmpty();

      model.fails = false;
      LockSupport.parkNanos(2 * PAUSE.toNanos());
      while (follower.applyNext()) {
        // fills in
      }
      assertThat(texts(recall(follower, "dog"))).first().isEqualTo("My puppy sleeps a lot");
      assertThat(follower.applyNext()).as("nothing is left to be filled in").isFalse();
    }
  }

  @Test
  void aModelThatHangsIsNotWaitedFor() throws InterruptedException {
    CountDownLatch never = new CountDownLatch(1);
    TextVectors hanging =
        new TextVectors() {
          @Override
          public String name() {
            return "hanging";
          }

          @Override
          public List<float[]> of(List<String> texts) {
            try {
              never.await();
            } catch (InterruptedException ended) {
              Thread.currentThread().interrupt();
            }
            return List.of();
          }
        };
    Meanings impatient = new Meanings(hanging, Duration.ofMillis(20), Duration.ofHours(1));

    assertThat(impatient.of(List.of("x"))).isEmpty();
    assertThat(impatient.isAwake()).as("it is left alone").isFalse();
    assertThat(impatient.of(List.of("x"))).isEmpty();
    never.countDown();
  }

  @Test
  void vectorsWithoutADirectionAreNoVectors() {
    TextVectors empty =
        new TextVectors() {
          @Override
          public String name() {
            return "empty";
          }

          @Override
          public List<float[]> of(List<String> texts) {
            return List.of(new float[3]);
          }
        };

    assertThat(new Meanings(empty, Duration.ofSeconds(1), PAUSE).of(List.of("x"))).isEmpty();
  }
}
