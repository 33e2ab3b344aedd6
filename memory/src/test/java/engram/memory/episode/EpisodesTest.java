package engram.memory.episode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import engram.memory.Episode;
import engram.memory.Episode.Boundary;
import engram.memory.EpisodeSegmenter;
import engram.memory.Event;
import engram.memory.MemoryScope;
import engram.memory.Role;
import engram.memory.Surprise;
import engram.memory.episode.SurpriseCuts.Refinement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class EpisodesTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());
  private static final MemoryScope ANN = MemoryScope.of(UUID.randomUUID(), "ann");
  private static final Duration GAP = Duration.ofHours(1);

  private static Event event(int position, Role role, int minute, String text) {
    Instant at = Instant.EPOCH.plus(Duration.ofMinutes(minute));
    return new Event(position + 1, ANN, "s", position, role, "", at, text, null, 0.5, Map.of(), at);
  }

  private static List<Event> said(String... texts) {
    List<Event> events = new ArrayList<>();
    for (String text : texts) {
      events.add(event(events.size(), Role.USER, events.size(), text));
    }
    return events;
  }

  private static final List<Event> TWO_TOPICS =
      said(
          "our dog chased the cat",
          "the dog loves that cat",
          "a cat and a dog in one house",
          "dog food and cat food",
          "the engine of my car broke",
          "car repair: engine and brakes",
          "a new engine costs more than the car",
          "brakes of the car");

  @Test
  void silenceCutsAndASessionBeginsOne() {
    List<Event> session =
        List.of(
            event(0, Role.USER, 0, "a"), event(1, Role.USER, 1, "b"), event(2, Role.USER, 61, "c"));

    List<Episode> episodes = new Episodes(new FixedSize(100), GAP).of(session);

    assertThat(episodes)
        .extracting(Episode::boundary)
        .containsExactly(Boundary.SESSION, Boundary.GAP);
    assertThat(episodes).extracting(Episode::first).containsExactly(0, 2);
    assertThat(episodes).extracting(Episode::last).containsExactly(1, 2);
  }

  @Test
  void aToolsCallAndResultAreNeverParted() {
    List<Event> session =
        List.of(
            event(0, Role.ASSISTANT, 0, "call"),
            event(1, Role.TOOL, 90, "result"),
            event(2, Role.TOOL, 91, "another"),
            event(3, Role.ASSISTANT, 92, "so"));

    assertThat(new Episodes(new FixedSize(1), GAP).of(session))
        .extracting(Episode::first)
        .containsExactly(0, 3);
  }

  @Test
  void everyEventIsInOneEpisodeWhateverTheSegmenter() {
    Random random = new Random(SEED);
    List<EpisodeSegmenter> segmenters =
        List.of(
            new FixedSize(3),
            new RandomCuts(new FixedSize(2), SEED),
            new CohesionCuts(2, 0, 2),
            new SurpriseCuts(surprise(EpisodesTest::lengths), 0.5, 5, Refinement.MODULARITY),
            new SurpriseCuts(surprise(EpisodesTest::lengths), 0.5, 5, Refinement.CONDUCTANCE),
            new SurpriseCuts(surprise(EpisodesTest::lengths), 0.5, 5, Refinement.NONE));
    for (int round = 0; round < 60; round++) {
      List<Event> session = new ArrayList<>();
      int minute = 0;
      for (int at = 0; at < random.nextInt(1, 30); at++) {
        minute += random.nextInt(10) == 0 ? 100 : 1;
        Role role = random.nextInt(6) == 0 ? Role.TOOL : Role.USER;
        session.add(
            event(at, role, minute, "w" + random.nextInt(4) + " " + "x".repeat(random.nextInt(9))));
      }
      for (EpisodeSegmenter segmenter : segmenters) {
        String repeat = "-Dseed=%d, round %d, %s".formatted(SEED, round, segmenter.name());
        List<Episode> episodes = new Episodes(segmenter, GAP).of(session);
        int next = 0;
        for (Episode episode : episodes) {
          assertThat(episode.first()).as(repeat).isEqualTo(next);
          next = episode.last() + 1;
        }
        assertThat(next).as(repeat).isEqualTo(session.size());
        assertThat(episodes)
            .as("the same again " + repeat)
            .isEqualTo(new Episodes(segmenter, GAP).of(session));
      }
    }
  }

  private static Surprise surprise(Function<List<Event>, List<Double>> values) {
    return surprise("a", values);
  }

  private static Surprise surprise(String name, Function<List<Event>, List<Double>> values) {
    return new Surprise() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public List<Double> of(List<Event> events) {
        return values.apply(events);
      }
    };
  }

  private static List<Double> lengths(List<Event> events) {
    return events.stream().map(event -> (double) event.text().length()).toList();
  }

  @Test
  void cohesionCutsWhereTheTopicChanges() {
    assertThat(new CohesionCuts(3, 1, 2).cuts(TWO_TOPICS)).containsExactly(4);
    assertThat(new CohesionCuts(3, 1, 2).cuts(said("dog cat", "dog cat", "dog cat", "dog cat")))
        .isEmpty();
  }

  @Test
  void randomCutsAreAsManyAndElsewhere() {
    List<Event> events = said("a b c d e f g h i j k l m n o p q r s t".split(" "));
    List<Integer> cuts = new RandomCuts(new FixedSize(5), 1).cuts(events);

    assertThat(cuts).hasSize(3).isSorted().doesNotHaveDuplicates();
    assertThat(cuts).allMatch(cut -> cut > 0 && cut < events.size());
    assertThat(List.of(2L, 3L, 4L, 5L))
        .anyMatch(seed -> !new RandomCuts(new FixedSize(5), seed).cuts(events).equals(cuts));
  }

  @Test
  void surpriseCutsAboveMeanAndSpreadOfWhatCameBefore() {
    List<Double> values = List.of(1.0, 1.2, 0.8, 1.0, 5.0, 1.0, 1.1, 0.9);
    SurpriseCuts cuts = new SurpriseCuts(surprise(events -> values), 1, 4, Refinement.NONE);

    assertThat(cuts.cuts(TWO_TOPICS)).containsExactly(4);
  }

  @Test
  void refinementMovesABoundaryToWhereTheTopicChangesAndKeepsTheirNumber() {
    // The model is surprised one event late.
    List<Double> values = List.of(1.0, 1.2, 0.8, 1.0, 1.0, 5.0, 1.0, 1.0);
    for (Refinement refinement : List.of(Refinement.MODULARITY, Refinement.CONDUCTANCE)) {
      assertThat(new SurpriseCuts(surprise(events -> values), 1, 5, refinement).cuts(TWO_TOPICS))
          .as(refinement.name())
          .containsExactly(4);
    }
  }

  /// Newman and Girvan's own sum over pairs, over the episode before a cut and half of its size on
  /// each side.
  @Test
  void refinementFindsTheGreatestModularityOfWhatLiesAroundACut() {
    Random random = new Random(SEED);
    for (int round = 0; round < 200; round++) {
      String[] texts = new String[random.nextInt(8, 24)];
      double[] values = new double[texts.length];
      for (int at = 0; at < texts.length; at++) {
        texts[at] = "word" + random.nextInt(4) + " word" + random.nextInt(4);
        values[at] = random.nextInt(4) == 0 ? 9 : 1 + random.nextDouble() / 10;
      }
      Surprise surprise = surprise(events -> Arrays.stream(values).boxed().toList());
      List<Event> events = said(texts);
      List<Integer> plain = new SurpriseCuts(surprise, 1, 4, Refinement.NONE).cuts(events);
      List<Integer> moved = new SurpriseCuts(surprise, 1, 4, Refinement.MODULARITY).cuts(events);
      assertThat(moved).hasSameSizeAs(plain);
      Likeness likeness = new Likeness(events);
      for (int i = 0; i < plain.size(); i++) {
        int before = i == 0 ? 0 : moved.get(i - 1);
        int half = Math.max(1, (plain.get(i) - before) / 2);
        int from = Math.max(0, before - half);
        int after = i + 1 < plain.size() ? plain.get(i + 1) : events.size();
        int to = Math.min(after, plain.get(i) + half);
        double most = Double.NEGATIVE_INFINITY;
        for (int at = before + 1; at < to; at++) {
          most = Math.max(most, modularity(likeness, from, at, to));
        }
        assertThat(modularity(likeness, from, moved.get(i), to))
            .as("-Dseed=%d, round %d, cut %d of %s to %s", SEED, round, i, plain, moved)
            .isGreaterThanOrEqualTo(most - 1e-9);
      }
    }
  }

  private static double modularity(Likeness likeness, int from, int cut, int to) {
    double[] degree = new double[to];
    double twice = 0;
    for (int i = from; i < to; i++) {
      for (int j = from; j < to; j++) {
        degree[i] += i == j ? 0 : likeness.of(i, j);
      }
      twice += degree[i];
    }
    double sum = 0;
    for (int i = from; i < to && twice > 0; i++) {
      for (int j = from; j < to; j++) {
        if (i < cut == j < cut) {
          sum += (i == j ? 0 : likeness.of(i, j)) - degree[i] * degree[j] / twice;
        }
      }
    }
    return twice == 0 ? 0 : sum / twice;
  }

  @Test
  void theNameTellsAllThatTheCutsDependOn() {
    Surprise one = surprise("one", EpisodesTest::lengths);
    SurpriseCuts cuts = new SurpriseCuts(one, 1, 5, Refinement.MODULARITY);
    List<SurpriseCuts> others =
        List.of(
            new SurpriseCuts(surprise("two", EpisodesTest::lengths), 1, 5, Refinement.MODULARITY),
            new SurpriseCuts(one, 2, 5, Refinement.MODULARITY),
            new SurpriseCuts(one, 1, 6, Refinement.MODULARITY),
            new SurpriseCuts(one, 1, 5, Refinement.CONDUCTANCE));
    assertThat(others).extracting(SurpriseCuts::name).doesNotContain(cuts.name());
    assertThat(others).extracting(SurpriseCuts::name).doesNotHaveDuplicates();
  }

  @Test
  void modularityAndConductanceEqualTheirDefinitions() {
    // Two triangles joined by one edge: m = 7, each triangle has volume 7.
    assertThat(SurpriseCuts.modularity(6, 6, 1)).isCloseTo(5.0 / 14, within(1e-12));
    assertThat(SurpriseCuts.conductance(6, 6, 1)).isCloseTo(1.0 / 7, within(1e-12));
    assertThat(SurpriseCuts.modularity(0, 0, 0)).isZero();
    assertThat(SurpriseCuts.conductance(0, 0, 0)).isEqualTo(1);
  }

  @Test
  void aModelThatMiscountsIsAnError() {
    SurpriseCuts cuts = new SurpriseCuts(surprise(events -> List.of(1.0)), 1, 4, Refinement.NONE);
    assertThatThrownBy(() -> cuts.cuts(TWO_TOPICS)).hasMessageContaining("8 events has 1 values");
  }
}
