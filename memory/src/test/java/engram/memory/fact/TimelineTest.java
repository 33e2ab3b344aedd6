package engram.memory.fact;

import static org.assertj.core.api.Assertions.assertThat;

import engram.memory.fact.Timeline.Claim;
import engram.memory.fact.Timeline.Stretch;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TimelineTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());

  private static @Nullable Instant day(int day) {
    return day < 0 ? null : Instant.EPOCH.plus(Duration.ofDays(day));
  }

  private static Claim claim(long id, int from, int to, int eventAt, int rank) {
    return new Claim(id, day(from), day(to), day(eventAt), rank);
  }

  @Test
  void aLaterClaimEndsAnEarlierOne() {
    assertThat(Timeline.of(List.of(claim(1, 1, -1, 1, 0), claim(2, 5, -1, 5, 0))))
        .containsExactly(new Stretch(1, day(1), day(5)), new Stretch(2, day(5), Timeline.END));
  }

  @Test
  void whatEndsGivesWayToWhatHeldBeforeAndStillDoes() {
    assertThat(Timeline.of(List.of(claim(1, 1, -1, 1, 0), claim(2, 5, 7, 5, 0))))
        .containsExactly(
            new Stretch(1, day(1), day(5)),
            new Stretch(2, day(5), day(7)),
            new Stretch(1, day(7), Timeline.END));
  }

  @Test
  void disjointIntervalsStayApart() {
    assertThat(Timeline.of(List.of(claim(1, 1, 2, 9, 0), claim(2, 4, 5, 9, 0))))
        .containsExactly(new Stretch(1, day(1), day(2)), new Stretch(2, day(4), day(5)));
  }

  @Test
  void anUnknownBeginningReachesBackWhereNothingElseIsKnown() {
    assertThat(Timeline.of(List.of(claim(1, -1, -1, 3, 0), claim(2, -1, -1, 6, 0))))
        .containsExactly(
            new Stretch(1, Timeline.BEGINNING, day(6)), new Stretch(2, day(6), Timeline.END));
    assertThat(Timeline.of(List.of(claim(1, -1, 2, 9, 0), claim(2, -1, -1, 5, 0))))
        .as("one that says when it ended comes first")
        .containsExactly(
            new Stretch(1, Timeline.BEGINNING, day(2)), new Stretch(2, day(2), Timeline.END));
  }

  @Test
  void aStrongerSourceWinsOverALaterOne() {
    assertThat(Timeline.of(List.of(claim(1, 3, -1, 3, 2), claim(2, 5, -1, 5, 0))))
        .containsExactly(new Stretch(1, day(3), Timeline.END));
  }

  @Test
  void theSweepAgreesWithAskingEveryClaimAtEveryTime() {
    Random random = new Random(SEED);
    for (int round = 0; round < 3_000; round++) {
      List<Claim> claims = new ArrayList<>();
      int count = random.nextInt(9);
      for (int id = 1; id <= count; id++) {
        int from = random.nextInt(3) == 0 ? -1 : random.nextInt(10);
        int to = random.nextBoolean() ? -1 : Math.max(0, from) + 1 + random.nextInt(6);
        claims.add(claim(id, from, to, random.nextInt(10), random.nextInt(2)));
      }
      List<Stretch> timeline = Timeline.of(claims);
      for (int half = -2; half < 40; half++) {
        Instant time = Instant.EPOCH.plus(Duration.ofHours(12L * half));
        Optional<Long> found =
            timeline.stream()
                .filter(stretch -> !time.isBefore(stretch.from()) && time.isBefore(stretch.to()))
                .map(Stretch::claim)
                .findFirst();
        assertThat(found)
            .as("-Dseed=%d, round %d, %s, %s", SEED, round, time, claims)
            .isEqualTo(asked(claims, time));
      }
      for (int at = 1; at < timeline.size(); at++) {
        assertThat(timeline.get(at - 1).to()).isBeforeOrEqualTo(timeline.get(at).from());
      }
    }
  }

  /// The rule of `Facts`, word by word.
  static Optional<Long> asked(List<Claim> claims, Instant time) {
    Optional<Claim> holding =
        claims.stream()
            .filter(claim -> {
              Instant start = claim.from() != null ? claim.from() : claim.eventAt();
              return !start.isAfter(time) && (claim.to() == null || time.isBefore(claim.to()));
            })
            .max(
                Comparator.comparing(Claim::rank)
                    .thenComparing(claim -> claim.from() != null ? claim.from() : claim.eventAt())
                    .thenComparing(Claim::eventAt)
                    .thenComparing(Claim::id));
    if (holding.isPresent()) {
      return holding.map(Claim::id);
    }
    return claims.stream()
        .filter(claim -> claim.from() == null && time.isBefore(claim.eventAt()))
        .filter(claim -> claim.to() == null || time.isBefore(claim.to()))
        .min(
            Comparator.comparing((Claim claim) -> claim.to() == null ? Instant.MAX : claim.to())
                .thenComparing(Claim::eventAt)
                .thenComparing(claim -> -claim.rank())
                .thenComparing(Claim::id))
        .map(Claim::id);
  }
}
