package engram.retrieval.pack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.retrieval.Hit;
import engram.retrieval.Source;
import engram.retrieval.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BestAtBothEndsTest {
  private static final String TEXT = "0123456789".repeat(20);
  private final ContextPacker packer = new BestAtBothEnds(String::length);

  private static Hit hit(long id, int document, int start, int end, double score) {
    Source source =
        new Source(
            "c", "f" + document, "f", 1, null, List.of(), 1, 1, List.of(), new Span(start, end));
    return new Hit(
        id, document, source, TEXT.substring(start, end), 0, Map.of(), score, List.of(), null);
  }

  @Test
  void theBestPassagesStandAtBothEnds() {
    List<Hit> hits = new ArrayList<>();
    for (int rank = 1; rank <= 5; rank++) {
      hits.add(hit(rank, rank, 0, 10, 1.0 / rank));
    }
    assertThat(packer.pack(hits, 1000).passages())
        .extracting(passage -> passage.hits().getFirst().chunkId())
        .containsExactly(1L, 3L, 5L, 4L, 2L);
  }

  @Test
  void overlappingHitsOfOneDocumentAreShownOnce() {
    PackedContext context =
        packer.pack(
            List.of(hit(1, 1, 20, 50, 1), hit(2, 1, 0, 25, 0.5), hit(3, 1, 20, 50, 0.4)), 99);
    assertThat(context.passages()).hasSize(1);
    assertThat(context.passages().getFirst().text()).isEqualTo(TEXT.substring(0, 50));
    assertThat(context.packed()).hasSize(3);
    assertThat(context.tokens()).isEqualTo(50);
  }

  @Test
  void aHitTooLargeForTheRestIsLeftAndASmallerOneTaken() {
    PackedContext context =
        packer.pack(
            List.of(hit(1, 1, 0, 60, 1), hit(2, 2, 0, 60, 0.9), hit(3, 3, 0, 30, 0.8)), 100);
    assertThat(context.packed()).extracting(Hit::chunkId).containsExactly(1L, 3L);
    assertThat(context.left()).extracting(Hit::chunkId).containsExactly(2L);
  }

  @Test
  void aHitWhoseTextIsNotItsSpanIsRefused() {
    Hit right = hit(7, 1, 0, 10, 1);
    Hit wrong = new Hit(7, 1, right.source(), "other", 0, Map.of(), 1, List.of(), null);
    assertThatThrownBy(() -> packer.pack(List.of(wrong), 100)).hasMessageContaining("hit 7");
  }

  @Test
  void everyPackIsWithinItsBudgetExactAndWithoutRepeats() {
    long seed = Long.getLong("seed", 7);
    Random random = new Random(seed);
    for (int round = 0; round < 1000; round++) {
      List<Hit> hits = new ArrayList<>();
      for (int index = random.nextInt(12); index > 0; index--) {
        int start = random.nextInt(TEXT.length());
        int end = start + random.nextInt(TEXT.length() - start + 1);
        hits.add(hit(index, random.nextInt(3), start, end, index / 12.0));
      }
      int budget = 1 + random.nextInt(300);
      PackedContext context = packer.pack(hits, budget);
      String what = "-Dseed=" + seed + ", round " + round;
      assertThat(context.tokens()).as(what).isLessThanOrEqualTo(budget);
      assertThat(context.packed().size() + context.left().size()).as(what).isEqualTo(hits.size());
      for (Passage passage : context.passages()) {
        Span span = passage.source().span();
        assertThat(passage.text()).as(what).isEqualTo(TEXT.substring(span.start(), span.end()));
        for (Passage other : context.passages()) {
          Span there = other.source().span();
          boolean apart = span.end() < there.start() || there.end() < span.start();
          boolean elsewhere = !passage.source().fileId().equals(other.source().fileId());
          assertThat(passage == other || apart || elsewhere).as(what).isTrue();
        }
      }
    }
  }
}
