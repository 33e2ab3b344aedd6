package engram.retrieval.search;

import static org.assertj.core.api.Assertions.assertThat;

import engram.retrieval.Access;
import engram.retrieval.Hit;
import engram.retrieval.RankingOptions;
import engram.retrieval.Reranker;
import engram.retrieval.Retriever;
import engram.retrieval.SearchPage;
import engram.retrieval.SearchRequest;
import engram.retrieval.Source;
import engram.retrieval.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What a reranker and a query transform that someone adds do to searches.
class SearchDoorsTest {
  private static final Access ACCESS = Access.all(new UUID(0, 1), "test");

  /// Finds the texts `0` to `119` for every query.
  private final List<SearchRequest> asked = new ArrayList<>();

  private final Retriever numbers =
      (access, request) -> {
        asked.add(request);
        int to = Math.min(120, request.offset() + request.limit());
        List<Hit> hits = IntStream.range(request.offset(), to).mapToObj(this::hit).toList();
        return new SearchPage(hits, to < 120, List.of());
      };

  private Hit hit(int number) {
    Source source =
        new Source("vs", "file", "n.txt", 1, null, List.of(), 0, 0, List.of(), new Span(0, 1));
    String text = Integer.toString(number);
    return new Hit(number, 1, source, text, 1, Map.of(), 1 - number / 200.0, List.of(), null);
  }

  private static SearchRequest page(int offset, int limit) {
    return new SearchRequest(
        List.of("vs"),
        List.of("a question"),
        null,
        offset,
        limit,
        0,
        null,
        false,
        RankingOptions.DEFAULT);
  }

  private record Backwards(List<Double> wrong) implements Reranker {
    @Override
    public String name() {
      return "backwards";
    }

    @Override
    public List<Double> scores(String query, List<String> texts) {
      return wrong.isEmpty()
          ? texts.stream().map(text -> .5 + Integer.parseInt(text) / 200.0).toList()
          : wrong;
    }
  }

  private static List<Long> ids(SearchPage page) {
    return page.hits().stream().map(Hit::chunkId).toList();
  }

  @Test
  void theFirstFiftyAreInTheRerankersOrder() {
    Retriever reranked = new RerankedSearch(numbers, new Backwards(List.of()));
    SearchPage first = reranked.search(ACCESS, page(0, 3));
    assertThat(ids(first)).containsExactly(49L, 48L, 47L);
    assertThat(first.hasMore()).isTrue();
    assertThat(ids(reranked.search(ACCESS, page(3, 2)))).containsExactly(46L, 45L);
  }

  @Test
  void pagesJoinWithoutGapsOrDoubles() {
    Retriever reranked = new RerankedSearch(numbers, new Backwards(List.of()));
    List<Long> all = new ArrayList<>();
    SearchPage page;
    do {
      page = reranked.search(ACCESS, page(all.size(), 35));
      all.addAll(ids(page));
    } while (page.hasMore());
    assertThat(all).hasSize(120).doesNotHaveDuplicates();
    assertThat(all.subList(48, 52)).containsExactly(1L, 0L, 50L, 51L);
    SearchPage whole = reranked.search(ACCESS, page(0, 120));
    assertThat(ids(whole)).isEqualTo(all);
    assertThat(whole.hits())
        .extracting(Hit::score)
        .isSortedAccordingTo((a, b) -> Double.compare(b, a));
  }

  @Test
  void aRerankerThatFailsOrMakesNoSenseLeavesTheOrder() {
    for (List<Double> wrong :
        List.of(List.of(1.0), IntStream.range(0, 50).mapToObj(i -> 2.0).toList())) {
      SearchPage page =
          new RerankedSearch(numbers, new Backwards(wrong)).search(ACCESS, page(0, 2));
      assertThat(ids(page)).containsExactly(0L, 1L);
      assertThat(page.notes()).containsExactly(RerankedSearch.NOTE_FAILED);
    }
  }

  @Test
  void aQuestionIsSearchedForAsItWasTransformed() {
    Retriever transformed =
        new TransformedSearch(numbers, question -> List.of(question, "its first part"));
    transformed.search(ACCESS, page(0, 2));
    assertThat(asked.getFirst().queries()).containsExactly("a question", "its first part");
  }

  @Test
  void aTransformThatFailsLeavesTheQuestion() {
    Retriever failing = new TransformedSearch(numbers, question -> List.of());
    SearchPage page = failing.search(ACCESS, page(0, 2));
    assertThat(asked.getFirst().queries()).containsExactly("a question");
    assertThat(page.notes()).containsExactly(TransformedSearch.NOTE_FAILED);
  }
}
