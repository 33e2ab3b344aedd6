package engram.memory.episode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.memory.EpisodeBank.Kept;
import engram.memory.EpisodeBank.Page;
import engram.memory.EpisodeBank.Query;
import engram.memory.Event;
import engram.memory.EventDraft;
import engram.memory.Forgetting;
import engram.memory.Forgetting.Selection;
import engram.memory.MemoryFixture;
import engram.memory.MemoryScope;
import engram.memory.Role;
import engram.memory.fact.StoredFacts;
import engram.memory.forget.StoredForgetting;
import engram.memory.vault.ReceiptSigner;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class LogSegmenterTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());
  private static final MemoryFixture MEMORY = new MemoryFixture();
  private static final Instant DAY = Instant.parse("2024-03-01T10:00:00Z");

  private final UUID tenant = MEMORY.tenant();
  private final MemoryScope ann = MemoryScope.of(tenant, "ann");

  @AfterAll
  static void close() {
    MEMORY.close();
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

  private long say(MemoryScope place, String session, int minute, String text) {
    EventDraft draft =
        EventDraft.of(session, Role.USER, "Ann", DAY.plusSeconds(60L * minute), text)
            .withKey(session + "/" + minute + "/" + text);
    return MEMORY.log.append(place, List.of(draft)).getFirst().seq();
  }

  private List<Kept> episodes(MemoryScope scope) {
    return MEMORY.episodes().timeline(Query.of(scope)).episodes();
  }

  private static String spans(List<Kept> episodes) {
    StringBuilder spans = new StringBuilder();
    for (Kept kept : episodes) {
      spans.append(
          "%s %d-%d %s, "
              .formatted(
                  kept.episode().session(),
                  kept.episode().first(),
                  kept.episode().last(),
                  kept.episode().boundary()));
    }
    return spans.toString();
  }

  @Test
  void sessionsGapsAndTheSegmenterBeginEpisodes() {
    for (int minute : new int[] {0, 1, 2, 3, 4, 500, 501}) {
      say(ann, "a", minute, "talk");
    }
    say(ann, "b", 5, "talk");
    MEMORY.segment(new FixedSize(3));

    assertThat(spans(episodes(ann)))
        .isEqualTo("a 0-2 SESSION, a 3-4 TOPIC, b 0-0 SESSION, a 5-6 GAP, ");
    assertThat(episodes(ann)).extracting(Kept::events).containsExactly(3, 2, 1, 2);
    assertThat(episodes(ann).getFirst().episode().from()).isEqualTo(DAY);
  }

  @Test
  void theCutsDoNotDependOnHowTheEventsCame() {
    Random random = new Random(SEED);
    MemoryScope atOnce = MemoryScope.of(tenant, "at once");
    MemoryScope oneByOne = MemoryScope.of(tenant, "one by one");
    EpisodeSegmenterOfWords segmenter = new EpisodeSegmenterOfWords();
    int minute = 0;
    for (int number = 0; number < 60; number++) {
      minute += random.nextInt(10) == 0 ? 200 : 1;
      String text = random.nextInt(4) == 0 ? "cut here" : "go on " + number;
      say(atOnce, "s", minute, text);
      say(oneByOne, "s", minute, text);
      if (random.nextInt(3) == 0) {
        MEMORY.segment(segmenter);
      }
    }
    MEMORY.segment(segmenter);
    String step = spans(episodes(oneByOne));
    MEMORY.segment(new FixedSize(7)); // another way: all is cut anew
    assertThat(spans(episodes(oneByOne))).isNotEqualTo(step);
    MEMORY.segment(segmenter); // and again, all at once

    assertThat(spans(episodes(atOnce))).as("-Dseed=%d", SEED).isEqualTo(step);
  }

  /// As a model of the same name with other weights.
  private static final class Changed implements engram.memory.EpisodeSegmenter {
    private int every = 2;

    @Override
    public String name() {
      return "model";
    }

    @Override
    public List<Integer> cuts(List<Event> events) {
      return new FixedSize(every).cuts(events);
    }
  }

  @Test
  void logsAreCutAnewWhereSomebodySaysSoAndNoOtherTenants() {
    MemoryScope other = MemoryScope.of(MEMORY.tenant(), "other");
    for (int batch = 0; batch < 2; batch++) {
      List<EventDraft> drafts = new ArrayList<>();
      for (int minute = 550 * batch; minute < 550 * (batch + 1); minute++) {
        Instant at = DAY.plusSeconds(60L * minute);
        drafts.add(EventDraft.of("s" + minute % 3, Role.USER, "Ann", at, "talk " + minute));
      }
      MEMORY.log.append(ann, drafts);
    }
    for (int minute = 0; minute < 6; minute++) {
      say(other, "s", minute, "talk " + minute);
    }
    Changed segmenter = new Changed();
    MEMORY.segment(segmenter);
    String before = spans(episodes(other));
    segmenter.every = 3;
    MEMORY.segment(segmenter);
    assertThat(episodes(ann).getFirst().events()).as("nothing tells of the change").isEqualTo(2);

    LogSegmenter keeping = MEMORY.segmenter(segmenter);
    keeping.cutAnew(tenant);
    assertThat(keeping.segmentNext()).isTrue(); // a step, and then a kill
    MEMORY.segment(segmenter);

    List<Kept> all = episodes(ann);
    assertThat(all.stream().mapToInt(Kept::events).sum()).isEqualTo(1_100);
    assertThat(all).extracting(Kept::events).containsOnly(3, 1);
    assertThat(spans(episodes(other))).isEqualTo(before);
  }

  /// Cuts before each event that says so.
  private record EpisodeSegmenterOfWords() implements engram.memory.EpisodeSegmenter {
    @Override
    public String name() {
      return "words";
    }

    @Override
    public List<Integer> cuts(List<Event> events) {
      List<Integer> cuts = new ArrayList<>();
      for (int at = 1; at < events.size(); at++) {
        if (events.get(at).text().equals("cut here")) {
          cuts.add(at);
        }
      }
      return cuts;
    }
  }

  @Test
  void everyEventIsInOneEpisodeAlsoOfALongSession() {
    List<EventDraft> drafts = new ArrayList<>();
    for (int number = 0; number < 1_900; number++) {
      drafts.add(EventDraft.of("long", Role.USER, "", DAY.plusSeconds(number), "talk " + number));
    }
    MEMORY.log.append(ann, drafts.subList(0, 900));
    MEMORY.segment(new FixedSize(8));
    MEMORY.log.append(ann, drafts.subList(900, 1_900));
    MEMORY.segment(new FixedSize(8));

    int next = 0;
    for (Kept kept : episodes(ann)) {
      assertThat(kept.episode().first()).isEqualTo(next);
      assertThat(kept.events()).isEqualTo(kept.episode().last() - kept.episode().first() + 1);
      next = kept.episode().last() + 1;
    }
    assertThat(next).isEqualTo(1_900);
  }

  @Test
  void whatIsForgottenLeavesItsEpisodeAndAnEmptyOneGoes() {
    List<Long> seqs = new ArrayList<>();
    for (int minute = 0; minute < 6; minute++) {
      seqs.add(say(ann, "s", minute, "talk " + minute));
    }
    MEMORY.segment(new FixedSize(3));
    Forgetting forgetting = forgetting();

    forgetting.erase(ann, new Selection.Events(Set.of(seqs.get(0))), "k");
    assertThat(spans(episodes(ann))).isEqualTo("s 1-2 SESSION, s 3-5 TOPIC, ");
    assertThat(episodes(ann).getFirst().events()).isEqualTo(2);
    assertThat(episodes(ann).getFirst().episode().from()).isEqualTo(DAY.plusSeconds(60));

    var receipt = forgetting.erase(ann, new Selection.Between(DAY, DAY.plusSeconds(180)), "k");
    assertThat(spans(episodes(ann))).isEqualTo("s 3-5 TOPIC, ");
    assertThat(receipt.removed()).containsEntry("episodes", 1L);
    assertThat(receipt.remaining()).containsEntry("episodes", 0L);
    MEMORY.segment(new FixedSize(3));
    assertThat(spans(episodes(ann))).as("nothing comes back").isEqualTo("s 3-5 TOPIC, ");

    assertThat(forgetting.eraseUser(tenant, "ann", "k").remaining()).containsEntry("episodes", 0L);
    assertThat(episodes(ann)).isEmpty();
  }

  @Test
  void whatIsErasedWhileItIsCutIsNotCounted() {
    for (int minute = 0; minute < 4; minute++) {
      say(ann, "s", minute, "talk " + minute);
    }
    Forgetting forgetting = forgetting();
    MEMORY.segment(
        new engram.memory.EpisodeSegmenter() {
          private boolean erased;

          @Override
          public String name() {
            return "slow";
          }

          @Override
          public List<Integer> cuts(List<Event> events) {
            if (!erased && events.getFirst().place().equals(ann)) {
              erased = true;
              forgetting.erase(ann, new Selection.Between(DAY, DAY.plusSeconds(120)), "k");
            }
            return events.size() > 2 ? List.of(2) : List.of();
          }
        });

    assertThat(spans(episodes(ann))).isEqualTo("s 2-3 TOPIC, ");
  }

  @Test
  void nobodySeesAnothersEpisodes() {
    say(ann, "s", 0, "mine");
    MemoryScope run = new MemoryScope(tenant, "ann", "coach", "r1");
    say(run, "s", 1, "the coach's");
    MEMORY.segment(new FixedSize(3));

    assertThat(episodes(ann)).hasSize(1);
    assertThat(episodes(MemoryScope.allOf(tenant, "ann"))).hasSize(2);
    assertThat(episodes(MemoryScope.of(tenant, "bob"))).isEmpty();
    assertThat(episodes(MemoryScope.of(MEMORY.tenant(), "ann"))).isEmpty();
    long id = episodes(ann).getFirst().id();
    assertThat(MEMORY.episodes().find(ann, id)).isPresent();
    assertThat(MEMORY.episodes().find(run, id)).isEmpty();
    assertThatThrownBy(() -> episodes(MemoryScope.whole(tenant)))
        .hasMessageContaining("one user's");
  }

  @Test
  void theTimelineComesInPagesAndKnowsBothTimes() {
    for (int minute = 0; minute < 20; minute++) {
      say(ann, minute % 2 == 0 ? "even" : "odd", minute / 4, "talk " + minute);
    }
    MEMORY.segment(new FixedSize(1));
    List<Kept> whole = episodes(ann);
    assertThat(whole).hasSize(20);

    List<Kept> paged = new ArrayList<>();
    String after = null;
    do {
      Page page = MEMORY.episodes().timeline(new Query(ann, null, null, null, null, after, 3));
      paged.addAll(page.episodes());
      after = page.next();
    } while (after != null);
    assertThat(paged).isEqualTo(whole);

    Query odd = new Query(ann, "odd", DAY.plusSeconds(60), DAY.plusSeconds(180), null, null, 100);
    Set<Integer> positions = new TreeSet<>();
    MEMORY.episodes().timeline(odd).episodes().forEach(k -> positions.add(k.episode().first()));
    assertThat(positions).containsExactly(2, 3, 4, 5);

    Query before = new Query(ann, null, null, null, whole.getFirst().knownFrom(), null, 100);
    assertThat(MEMORY.episodes().timeline(before).episodes()).hasSize(1);
    assertThatThrownBy(
            () -> MEMORY.episodes().timeline(new Query(ann, null, null, null, null, "x", 3)))
        .hasMessageContaining("'x' is no page's next");
  }
}
