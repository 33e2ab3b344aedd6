package engram.retrieval.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import engram.retrieval.Access;
import engram.retrieval.Explanation;
import engram.retrieval.Filter;
import engram.retrieval.Hit;
import engram.retrieval.NotFoundException;
import engram.retrieval.SearchPage;
import engram.retrieval.SearchRequest;
import engram.retrieval.Span;
import engram.retrieval.index.IndexSettings;
import engram.retrieval.index.LibraryRows;
import engram.retrieval.index.LuceneIndex;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.ai.embedding.EmbeddingModel;

/// One database and index for all tests, a collection for each.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LuceneRetrieverTest {
  private final LibraryRows rows = new LibraryRows();
  private final LuceneIndex index;
  private final LuceneRetriever lexical;
  private final HashedWords model = new HashedWords();
  private final LuceneRetriever both;
  private String collection;

  LuceneRetrieverTest(@TempDir Path folder) {
    index = LuceneIndex.open(folder, IndexSettings.DEFAULT, rows.transactions(), rows.dataSource());
    lexical = retriever(null);
    both = retriever(model);
  }

  private LuceneRetriever retriever(EmbeddingModel embedding) {
    return new LuceneRetriever(
        index,
        rows.transactions(),
        rows.dataSource(),
        new SearchSettings(
            Duration.ofSeconds(5), Duration.ofMillis(300), 2, 100, 1 << 20, Duration.ZERO),
        embedding == null ? null : "hashed-words",
        embedding);
  }

  @BeforeEach
  void newCollection() {
    collection = rows.newCollection(rows.tenant);
    model.behave();
  }

  @AfterAll
  void close() {
    index.close();
    rows.close();
  }

  private LibraryRows.Draft draft(String... chunks) {
    return rows.draft(chunks).in(rows.tenant, collection);
  }

  private long add(LibraryRows.Draft draft) {
    long id = rows.add(draft);
    LibraryRows.applyAll(index);
    return id;
  }

  private void addEmbedded(String... chunks) {
    add(draft(chunks).embedded("hashed-words", model.embed(List.of(chunks))));
  }

  private SearchRequest request(String query) {
    return SearchRequest.of(collection, query, 10);
  }

  private List<String> texts(String query) {
    return texts(lexical.search(rows.everything(), request(query)));
  }

  private static List<String> texts(SearchPage page) {
    return page.hits().stream().map(Hit::text).toList();
  }

  @Test
  void theBestChunkComesFirstWithWhereItStands() {
    add(draft("nothing of interest", "the quick brown fox jumps").titled("Animals", "Foxes"));
    SearchPage page = lexical.search(rows.everything(), request("Which foxes jump?"));
    Hit first = page.hits().getFirst();
    assertThat(first.text()).isEqualTo("the quick brown fox jumps");
    assertThat(first.source().filename()).isEqualTo("file.txt");
    assertThat(first.source().headingPath()).containsExactly("Foxes");
    assertThat(first.source().title()).isEqualTo("Animals");
    assertThat(first.source().span()).isEqualTo(new Span(19, 44));
    assertThat(first.score()).isBetween(0.0, 1.0);
    assertThat(first.highlights())
        .extracting(span -> cut(first, span))
        .containsExactly("fox", "jumps");
    assertThat(page.notes()).anyMatch(note -> note.startsWith("vector search is off:"));
  }

  @Test
  void aChunkIsFoundByItsContextWhichIsNoPartOfItsText() {
    long document = rows.add(draft("Harbour 7 | 1912 | 40", "another row"));
    rows.context(document, "Station | Opened | Staff");
    LibraryRows.applyAll(index);
    SearchPage page = lexical.search(rows.everything(), request("opened stations"));
    assertThat(texts(page)).contains("Harbour 7 | 1912 | 40");
    Hit hit = page.hits().getFirst();
    assertThat(hit.context()).isEqualTo("Station | Opened | Staff");
    assertThat(hit.highlights()).isEmpty();
  }

  @Test
  void whatOtherCollectionsAndTenantsHaveChangesNoScore() {
    add(draft("the quick brown fox jumps", "a slow green turtle", "foxes and turtles").titled("T"));
    SearchPage before = lexical.search(rows.everything(), explained("quick fox turtle"));
    UUID stranger = rows.newTenant();
    String[] foxes = new String[50];
    Arrays.setAll(foxes, i -> "fox quick fox " + i + " of a much longer text about many things");
    add(rows.draft(foxes).in(stranger, rows.newCollection(stranger)).titled("quick fox"));
    add(rows.draft(foxes).in(rows.tenant, rows.newCollection(rows.tenant)));
    SearchPage after = lexical.search(rows.everything(), explained("quick fox turtle"));
    assertThat(after.hits()).isEqualTo(before.hits());
    assertThat(before.hits()).hasSize(3);
  }

  @Test
  void hitsOfSeveralCollectionsAreMergedByTheirShareOfTheQuery() {
    add(draft("alpha beta gamma", "alpha only"));
    String other = rows.newCollection(rows.tenant);
    add(rows.draft("beta gamma", "alpha beta gamma delta", "nothing").in(rows.tenant, other));
    SearchRequest both =
        new SearchRequest(
            List.of(collection, other, collection),
            List.of("alpha beta"),
            null,
            0,
            3,
            0,
            1,
            1,
            true);
    SearchPage page = lexical.search(rows.everything(), both);
    assertThat(page.hasMore()).isTrue();
    assertThat(texts(page).subList(0, 2))
        .containsExactlyInAnyOrder("alpha beta gamma", "alpha beta gamma delta");
    for (Hit hit : page.hits()) {
      assertThat(hit.explanation().parts().stream().mapToDouble(Explanation::value).sum())
          .isCloseTo(hit.score(), within(1e-6));
    }
    SearchPage next =
        lexical.search(
            rows.everything(),
            new SearchRequest(both.collections(), both.queries(), null, 3, 3, 0, 1, 1, false));
    assertThat(texts(next)).hasSize(1).doesNotContainAnyElementsOf(texts(page));
  }

  private static String cut(Hit hit, Span span) {
    return hit.text().substring(span.start(), span.end());
  }

  @ParameterizedTest
  @CsvSource({
    "人工知能の研究, 知能",
    "机器学习是人工智能的一个分支, 人工智能",
    "한국어 형태소 분석기, 형태소",
    "الكتاب على الطاولة, كتاب",
    "การค้นหาข้อมูลภาษาไทย, ข้อมูล",
    "Müllers Straßen, mueller strassen MULLER",
    "Η Αθήνα είναι η πρωτεύουσα, αθηνα",
    "Москва — столица России, столицы",
    "İstanbul'da ılık bir kış, istanbul",
    "Hà Nội là thủ đô của Việt Nam, thu do",
    "हिन्दी भाषा का इतिहास, भाषाओं",
    "所得税の確定申告について, 税",
    "新しい車を買いました, 車",
    "깨끗한 물을 마신다, 물",
  })
  void everyScriptIsFound(String text, String query) {
    add(draft("something else entirely", text));
    assertThat(texts(query)).first().isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "title:fox AND (",
        "\"",
        "\"\"",
        "fox\" \"",
        "fox~2^99",
        "[a TO",
        "/fo.*/",
        "\\",
        "fox\uD800",
        "\uDC00fox",
        "fox\u0000",
        "-fox +fox !fox",
        "{!lucene}fox",
        "fox\u202E",
        "*fox",
        "fox:*"
      })
  void noQueryIsASyntaxError(String query) {
    add(draft("the fox"));
    lexical.search(rows.everything(), request(query));
    both.search(rows.everything(), request(query));
  }

  @Test
  void aQueryOfAThousandWordsIsAnswered() {
    add(draft("the fox", "word77"));
    StringBuilder words = new StringBuilder();
    for (int i = 0; words.length() < SearchRequest.QUERY_CHARS_MAX - 20; i++) {
      words.append("word").append(i).append(' ');
    }
    String many = words.toString().strip();
    assertThat(texts(many)).containsExactly("word77");
    String one = "y".repeat(SearchRequest.QUERY_CHARS_MAX);
    assertThat(lexical.search(rows.everything(), request(one)).hits()).isEmpty();
  }

  @Test
  void aTableIsFoundByAnotherFormOfItsWordsInTheLanguageOfItsDocument() {
    long id = rows.add(draft("Leihgebühren | 5", "Öffnungszeiten | 9"));
    rows.language(id, "de");
    LibraryRows.applyAll(index);
    SearchPage page =
        lexical.search(rows.everything(), request("Wie hoch ist die Leihgebühr in dem Haus?"));
    assertThat(page.hits()).hasSize(1);
    assertThat(page.notes()).noneMatch(note -> note.contains("similar words"));
  }

  @Test
  void aQueryWithoutWordsFindsNothingAndSaysWhy() {
    add(draft("the fox"));
    SearchPage page = lexical.search(rows.everything(), request("?!…"));
    assertThat(page.hits()).isEmpty();
    assertThat(page.notes()).contains(LuceneRetriever.NOTE_NO_WORDS);
  }

  @Test
  void quotedWordsThatStandTogetherCountMore() {
    add(draft("red green blue house cat", "house red blue green cat"));
    assertThat(texts("\"blue green\"")).first().isEqualTo("house red blue green cat");
  }

  @Test
  void theExplanationSumsToTheScore() {
    addEmbedded("alpha beta gamma delta", "alpha beta", "gamma", "beta delta alpha epsilon");
    for (String query :
        List.of("alpha", "alpha beta", "\"alpha beta\" gamma zeta", "delta epsilon")) {
      for (LuceneRetriever retriever : List.of(lexical, both)) {
        SearchPage page = retriever.search(rows.everything(), explained(query));
        assertThat(page.hits()).isNotEmpty();
        for (Hit hit : page.hits()) {
          assertThat(hit.explanation()).isNotNull();
          assertThat(hit.explanation().value()).isEqualTo(hit.score());
          double sum = hit.explanation().parts().stream().mapToDouble(Explanation::value).sum();
          // Lucene adds in double and rounds the sum once, and each part once, to float (2^-24).
          assertThat(Math.abs(sum - hit.score()) <= hit.score() * Math.scalb(4.0, -24))
              .as("%s: %s", query, hit.explanation())
              .isTrue();
        }
      }
    }
  }

  private SearchRequest explained(String query) {
    return new SearchRequest(List.of(collection), List.of(query), null, 0, 10, 0, 1, 1, true);
  }

  @Test
  void pagesArePartsOfOneOrderEvenAmongTies() {
    String[] chunks = new String[37];
    for (int i = 0; i < chunks.length; i++) {
      chunks[i] = i % 3 == 0 ? "same text" : i % 3 == 1 ? "same text here" : "the same text again";
    }
    addEmbedded(chunks);
    for (LuceneRetriever retriever : List.of(lexical, both)) {
      List<Long> whole = new ArrayList<>();
      retriever
          .search(rows.everything(), page("same text", 0, 100))
          .hits()
          .forEach(hit -> whole.add(hit.chunkId()));
      assertThat(whole).hasSize(37);
      for (int size : List.of(1, 5, 7, 37)) {
        List<Long> pages = new ArrayList<>();
        SearchPage page;
        do {
          page = retriever.search(rows.everything(), page("same text", pages.size(), size));
          page.hits().forEach(hit -> pages.add(hit.chunkId()));
        } while (page.hasMore());
        assertThat(pages).as("size %d", size).isEqualTo(whole);
      }
    }
  }

  private SearchRequest page(String query, int offset, int limit) {
    return new SearchRequest(
        List.of(collection), List.of(query), null, offset, limit, 0, 1, 1, false);
  }

  @Test
  void hitsBelowTheThresholdAreLeftOut() {
    add(draft("one two three four", "one", "two"));
    List<Hit> all = lexical.search(rows.everything(), request("one two three four")).hits();
    double threshold = all.get(1).score();
    SearchPage page =
        lexical.search(
            rows.everything(),
            new SearchRequest(
                List.of(collection),
                List.of("one two three four"),
                null,
                0,
                10,
                threshold,
                1,
                1,
                false));
    assertThat(page.hits()).isNotEmpty().allMatch(hit -> hit.score() >= threshold);
    assertThat(page.hits().size()).isLessThan(all.size() + 1);
    assertThat(page.hasMore()).isFalse();
  }

  @Test
  void whatTheCallerMayNotReadIsNeverFound() {
    add(draft("secret plan").readers("user:bob"));
    add(draft("public plan").attributes(Map.of("year", 2024, "team", "x")));
    Access ann = new Access(rows.tenant, "k", false, Set.of("user:ann"), null, null);
    Access bob = new Access(rows.tenant, "k", false, Set.of("user:bob"), null, null);
    assertThat(texts(lexical.search(ann, request("plan")))).containsExactly("public plan");
    assertThat(texts(lexical.search(bob, request("plan")))).contains("secret plan", "public plan");
    Filter recent = new Filter.Comparison("year", Filter.Operator.GTE, 2024);
    Access narrow = new Access(rows.tenant, "k", false, Set.of("user:bob"), null, recent);
    assertThat(texts(lexical.search(narrow, request("plan")))).containsExactly("public plan");
  }

  @Test
  void aChangeOfReadersIsFelt() {
    long document = add(draft("plan"));
    Access ann = new Access(rows.tenant, "k", false, Set.of("user:ann"), null, null);
    assertThat(lexical.search(ann, request("plan")).hits()).hasSize(1);
    rows.update(rows.tenant, document, "readers", new String[] {"user:bob"});
    LibraryRows.applyAll(index);
    assertThat(lexical.search(ann, request("plan")).hits()).isEmpty();
    assertThat(lexical.search(rows.everything(), request("plan")).hits()).hasSize(1);
  }

  @Test
  void aMoveAndARenameAreShown() {
    long document = add(draft("plan"));
    assertThat(lexical.search(rows.everything(), request("plan")).hits()).hasSize(1);
    rows.moveAndRename(document, 100, "other.txt");
    LibraryRows.applyAll(index);
    Hit hit = lexical.search(rows.everything(), request("plan")).hits().getFirst();
    assertThat(hit.source().filename()).isEqualTo("other.txt");
    assertThat(hit.source().span()).isEqualTo(new Span(100, 104));
  }

  @Test
  void aHitWhoseRowIsGoneIsDroppedAndThePageFilled() {
    long document = add(draft("plan", "plan", "plan", "plan"));
    List<Long> ids = rows.chunkIds(document);
    rows.deleteSilently(ids.get(0));
    rows.deleteSilently(ids.get(1));
    SearchPage page = lexical.search(rows.everything(), page("plan", 0, 2));
    assertThat(page.hits()).extracting(Hit::chunkId).containsExactly(ids.get(2), ids.get(3));
  }

  @Test
  void anotherTenantsCollectionDoesNotExist() {
    var other = rows.newTenant();
    assertThatThrownBy(() -> lexical.search(Access.all(other, "k"), request("plan")))
        .isInstanceOf(NotFoundException.class);
    Access limited = new Access(rows.tenant, "k", true, Set.of(), Set.of("vs_other"), null);
    assertThatThrownBy(() -> lexical.search(limited, request("plan")))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void vectorsFindWhatWordsDoNot() {
    addEmbedded("kitten", "locomotive");
    model.same("cat", "kitten");
    assertThat(texts("cat")).isEmpty();
    SearchPage page = both.search(rows.everything(), request("cat"));
    assertThat(page.hits().getFirst().text()).isEqualTo("kitten");
    assertThat(page.notes()).isEmpty();
    SearchPage nearest =
        both.search(
            rows.everything(),
            new SearchRequest(List.of(collection), List.of("cat"), null, 0, 1, 0, 0, 1, true));
    // The index has four bits per dimension; what it finds is compared by the whole vectors.
    assertThat(nearest.hits().getFirst().score()).isCloseTo(1, within(1e-6));
  }

  @Test
  void vectorsAreSearchedUnderThePermissionsToo() {
    for (int i = 0; i < 30; i++) {
      String text = "text " + i;
      add(
          draft(text)
              .readers(i % 10 == 0 ? "user:ann" : "user:bob")
              .embedded("hashed-words", model.embed(List.of(text))));
    }
    Access ann = new Access(rows.tenant, "k", false, Set.of("user:ann"), null, null);
    assertThat(texts(both.search(ann, request("text 5"))))
        .containsExactlyInAnyOrder("text 0", "text 10", "text 20");
  }

  @Test
  void vectorsOfAnotherModelAreNotMixedIn() {
    add(draft("old").embedded("another-model", model.embed(List.of("new"))));
    assertThat(both.search(rows.everything(), request("new")).hits()).isEmpty();
  }

  @Test
  void aFailingOrSlowModelLeavesTheWords() {
    addEmbedded("plan");
    model.fail();
    SearchPage failed = both.search(rows.everything(), request("plan one"));
    assertThat(texts(failed)).containsExactly("plan");
    assertThat(failed.notes()).anyMatch(note -> note.startsWith("vector search is off:"));
    model.hang();
    SearchPage late = both.search(rows.everything(), request("plan two"));
    assertThat(texts(late)).containsExactly("plan");
    assertThat(late.notes()).anyMatch(note -> note.contains("300 ms"));
  }

  @Test
  void severalQueriesAreFused() {
    add(draft("apple pie", "banana bread", "apple banana", "cherry"));
    SearchPage page =
        lexical.search(
            rows.everything(),
            new SearchRequest(
                List.of(collection), List.of("apple", "banana"), null, 0, 10, 0, 1, 1, true));
    assertThat(texts(page)).containsExactlyInAnyOrder("apple banana", "apple pie", "banana bread");
    assertThat(page.hits().getFirst().score()).isLessThanOrEqualTo(1);
  }

  @Test
  void highlightsStayInsideTheTextWhateverItIs() {
    Random random = new Random(Long.getLong("seed", 42));
    String[] pieces = {
      "fox ", "ﬁ", "İ", "👩‍👩‍👧", "é", "中文字", "ß", "\n", "ก็", "fox", "ſ", "Ⅷ", "x́"
    };
    for (int round = 0; round < 20; round++) {
      StringBuilder text = new StringBuilder("fox ");
      for (int i = 0; i < 30; i++) {
        text.append(pieces[random.nextInt(pieces.length)]);
      }
      add(draft(text.toString()));
    }
    SearchPage page = lexical.search(rows.everything(), page("fox fi 中文 ss viii", 0, 50));
    assertThat(page.hits()).hasSize(20);
    for (Hit hit : page.hits()) {
      int last = 0;
      assertThat(hit.highlights()).isNotEmpty();
      for (Span span : hit.highlights()) {
        assertThat(span.start()).isGreaterThanOrEqualTo(last);
        assertThat(span.end()).isGreaterThan(span.start()).isLessThanOrEqualTo(hit.text().length());
        last = span.end();
      }
    }
  }
}
