package engram.retrieval.pack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import engram.retrieval.Hit;
import engram.retrieval.Source;
import engram.retrieval.Span;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/// What every [ContextPacker] keeps.
abstract class ContextPackerContract {
  /// Documents to cut hits from; the last two say the same.
  private static final List<String> TEXTS =
      List.of(
          "The glacier moved 12 metres a year. Its tongue ends at the lake, where ice calves in July. "
              .repeat(2),
          "Cataloguers met in March to agree upon headings for maps, scores and atlases of harbours.",
          "Every permit names its holder, the harbour and the berth; it ends with the calendar year.",
          "Every permit names its holder, the harbour and the berth; it ends with the calendar year.");

  protected abstract ContextPacker packer(PackSettings settings);

  static Hit hit(long id, int document, int start, int end, double score) {
    return hit(id, document, start, TEXTS.get(document).substring(start, end), score);
  }

  static Hit hit(long id, int document, int start, String text, double score) {
    Span span = new Span(start, start + text.length());
    Source source =
        new Source("c", "f" + document, "f", 1, null, List.of("A", "B"), 1, 1, List.of(), span);
    Map<String, Object> attributes = Map.of("author", "a" + document / 2);
    return new Hit(id, document, source, text, 0, attributes, score, List.of(), null);
  }

  PackedContext pack(List<Hit> hits, int budgetLetters) {
    return packer(PackSettings.DEFAULT).pack(hits, letters(budgetLetters));
  }

  static Budget letters(int tokens) {
    return Budget.ofTexts(tokens, String::length);
  }

  static List<String> texts(PackedContext context) {
    return context.passages().stream().map(Passage::text).toList();
  }

  @Provide
  Arbitrary<List<Hit>> hits() {
    Arbitrary<Hit> hit =
        Combinators.combine(
                Arbitraries.longs().between(1, 9),
                Arbitraries.integers().between(0, TEXTS.size() - 1),
                Arbitraries.doubles().between(0, 1),
                Arbitraries.doubles().between(0, 1),
                Arbitraries.integers().between(0, 12))
            .as((id, document, start, length, score) -> {
              int from = (int) (start * TEXTS.get(document).length());
              int to = from + (int) (length * (TEXTS.get(document).length() - from));
              return hit(id, document, from, to, score / 12.0);
            });
    return hit.list()
        .ofMaxSize(14)
        .map(
            all -> all.stream().sorted(Comparator.comparingDouble(Hit::score).reversed()).toList());
  }

  @Provide
  Arbitrary<PackSettings> settings() {
    return Combinators.combine(
            Arbitraries.integers().between(1, 8),
            Arbitraries.of(0.0, 0.5, 1.0),
            Arbitraries.integers().between(0, 2),
            Arbitraries.of("author", "none"),
            Arbitraries.of(0.1, 0.9, 2.0))
        .as((passages, floor, perSource, attribute, duplicate) ->
            new PackSettings(passages, floor, perSource, attribute, duplicate, 1));
  }

  @Property
  void whateverIsPackedKeepsItsPromises(
      @ForAll("hits") List<Hit> hits,
      @ForAll("settings") PackSettings settings,
      @ForAll @IntRange(min = 1, max = 500) int budgetTokens) {
    // Costs of a frame, and tokens that join where two texts meet.
    Budget budget =
        new Budget(
            budgetTokens,
            text -> text.replaceAll("\\s+|<<", "#").length() / 3,
            (number, passage) -> "<" + number + "<" + passage.text() + ">");
    PackedContext context = packer(settings).pack(hits, budget);
    assertThat(context.tokens()).isLessThanOrEqualTo(budgetTokens);
    assertThat(context.tokens()).isEqualTo(budget.cost(context.passages()));
    assertThat(context.passages()).hasSizeLessThanOrEqualTo(settings.passagesMax());
    List<Hit> all = new ArrayList<>(context.packed());
    all.addAll(context.merged());
    all.addAll(context.left());
    assertThat(all).containsExactlyInAnyOrderElementsOf(hits);
    for (Passage passage : context.passages()) {
      Span span = passage.source().span();
      int document = Integer.parseInt(passage.source().fileId().substring(1));
      assertThat(passage.text()).isEqualTo(TEXTS.get(document).substring(span.start(), span.end()));
      assertThat(passage.hits()).allMatch(context.packed()::contains);
      assertThat(passage.duplicates()).allMatch(context.merged()::contains);
      for (Passage other : context.passages()) {
        Span there = other.source().span();
        boolean apart = span.end() < there.start() || there.end() < span.start();
        boolean elsewhere = !passage.source().fileId().equals(other.source().fileId());
        assertThat(passage == other || apart || elsewhere).isTrue();
      }
    }
    assertThat(packer(settings).pack(hits, budget)).isEqualTo(context);
  }

  @Example
  void nothingIsPackedOfNothing() {
    assertThat(pack(List.of(), 10).passages()).isEmpty();
    assertThat(pack(List.of(), 10).tokens()).isZero();
  }

  @Example
  void overlappingHitsOfOneDocumentAreShownOnce() {
    PackedContext context =
        pack(List.of(hit(1, 0, 20, 50, 1), hit(2, 0, 0, 25, 0.5), hit(3, 0, 20, 50, 0.4)), 99);
    assertThat(texts(context)).containsExactly(TEXTS.getFirst().substring(0, 50));
    assertThat(context.packed()).hasSize(3);
    assertThat(context.tokens()).isEqualTo(50);
  }

  @Example
  void aHitTooLargeForTheRestIsLeftAndASmallerOneTaken() {
    PackedContext context =
        pack(List.of(hit(1, 0, 0, 60, 1), hit(2, 1, 0, 60, 0.9), hit(3, 2, 0, 30, 0.8)), 100);
    assertThat(context.packed()).extracting(Hit::chunkId).containsExactly(1L, 3L);
    assertThat(context.left()).extracting(Hit::chunkId).containsExactly(2L);
  }

  @Example
  void whatSaysTheSameElsewhereIsShownOnceAndRemembered() {
    PackedContext context =
        pack(List.of(hit(1, 2, 0, 80, 1), hit(2, 3, 0, 80, 0.9), hit(3, 1, 0, 80, 0.8)), 500);
    assertThat(context.packed()).extracting(Hit::chunkId).containsExactly(1L, 3L);
    assertThat(context.merged()).extracting(Hit::chunkId).containsExactly(2L);
    Passage passage =
        context.passages().stream().filter(each -> !each.duplicates().isEmpty()).findAny().get();
    assertThat(passage.source().fileId()).isEqualTo("f2");
    assertThat(passage.duplicates())
        .extracting(each -> each.source().fileId())
        .containsExactly("f3");
  }

  @Example
  void whatDiffersInADenialOnlyIsNotTheSameInAnyLanguage() {
    List<List<String>> rules =
        List.of(
            List.of("商品到着後三十日以内で未使用の場合、返品は送料当社負担で受け付けます。", "けます。", "けません。"),
            List.of("商品签收后三十天内保持原包装的，可以退款，运费由我方承担。", "可以", "不可以"),
            List.of("상품 수령 후 삼십 일 이내에는 배송비 당사 부담으로 반품할 수 있습니다.", "있습니다", "없습니다"),
            List.of(
                "يمكن إرجاع البضاعة خلال ثلاثين يوما من الاستلام على نفقتنا.", "يمكن", "لا يمكن"),
            List.of(
                "माल मिलने के तीस दिन के भीतर हमारे खर्च पर वापसी स्वीकार होती है।",
                "होती",
                "नहीं होती"),
            List.of("สินค้าที่ได้รับภายในสามสิบวันคืนได้โดยเราออกค่าส่ง", "คืนได้", "คืนไม่ได้"),
            List.of(
                "Teslimden sonra otuz gün içinde iadeler kabul edilir, ücret alınır.",
                "alınır",
                "alınmaz"));
    for (List<String> rule : rules) {
      Hit yes = hit(1, 0, 0, rule.getFirst().repeat(3), 1);
      String denied = rule.getFirst().repeat(2) + rule.getFirst().replace(rule.get(1), rule.get(2));
      PackedContext context = pack(List.of(yes, hit(2, 1, 0, denied, 0.9)), 5_000);
      assertThat(context.packed()).as(denied).hasSize(2);
    }
  }

  @Example
  void whatDiffersInANumberOnlyIsNotTheSame() {
    String price =
        "The annual fee of the platinum account is 95 dollars, due each January, in full.";
    Hit old = hit(1, 0, 0, price, 1);
    Hit fresh = hit(2, 1, 0, price.replace("95", "99"), 0.9);
    Hit spaced = hit(3, 2, 0, price.replace(" ", "\n"), 0.8);
    PackedContext context = pack(List.of(old, fresh, spaced), 500);
    assertThat(context.packed()).extracting(Hit::chunkId).containsExactly(1L, 2L);
    assertThat(context.merged()).extracting(Hit::chunkId).containsExactly(3L);
  }

  @Example
  void whatOneDeniesAndTheOtherDoesNotIsNotTheSame() {
    String rule =
        "The annual fee of the platinum account is refunded when the account is closed before the"
            + " end of the first quarter of the year in which it was charged to the customer.";
    Hit old = hit(1, 0, 0, rule, 1);
    Hit fresh = hit(2, 1, 0, rule.replace("is refunded", "is not refunded"), 0.9);
    PackedContext context = pack(List.of(old, fresh), 500);
    assertThat(context.packed()).extracting(Hit::chunkId).containsExactly(1L, 2L);
  }

  @Example
  void aSourceHasNoMorePassagesThanItMay() {
    List<Hit> hits =
        List.of(
            hit(1, 0, 0, 20, 1),
            hit(2, 1, 0, 20, 0.9),
            hit(3, 0, 40, 60, 0.8),
            hit(4, 2, 0, 20, 0.7));
    PackSettings byFile = new PackSettings(20, 0, 1, null, 2, 1);
    PackSettings byAuthor = new PackSettings(20, 0, 1, "author", 2, 1);
    assertThat(packer(byFile).pack(hits, letters(99)).packed())
        .extracting(Hit::chunkId)
        .containsExactly(1L, 2L, 4L);
    assertThat(packer(byAuthor).pack(hits, letters(99)).packed())
        .extracting(Hit::chunkId)
        .containsExactly(1L, 4L);
  }

  @Example
  void whatIsFarBelowTheBestOrBeyondTheCapIsLeft() {
    List<Hit> hits = List.of(hit(1, 0, 0, 20, 0.8), hit(2, 1, 0, 20, 0.5), hit(3, 2, 0, 20, 0.3));
    PackSettings floor = new PackSettings(20, 0.5, 0, null, 2, 1);
    PackSettings cap = new PackSettings(1, 0, 0, null, 2, 1);
    assertThat(packer(floor).pack(hits, letters(99)).packed()).hasSize(2);
    assertThat(packer(cap).pack(hits, letters(99)).packed()).hasSize(1);
  }

  @Example
  void aHitWhoseTextIsNotItsSpanIsRefused() {
    Hit right = hit(7, 1, 0, 10, 1);
    Hit wrong = new Hit(7, 1, right.source(), "other", 0, Map.of(), 1, List.of(), null);
    assertThatThrownBy(() -> pack(List.of(wrong), 100)).hasMessageContaining("hit 7");
    assertThatThrownBy(() -> letters(0)).hasMessageContaining("budgetTokens 0 < 1");
  }

  static List<Hit> ranked(int count) {
    return Stream.iterate(1, rank -> rank + 1)
        .limit(count)
        .map(rank -> hit(rank, 0, (count - rank) * 12, (count - rank) * 12 + 10, 1.0 / rank))
        .toList();
  }
}
