package engram.retrieval.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import engram.retrieval.Access;
import engram.retrieval.Calibration;
import engram.retrieval.Explanation;
import engram.retrieval.Hit;
import engram.retrieval.RankingOptions;
import engram.retrieval.RefusedException;
import engram.retrieval.SearchPage;
import engram.retrieval.SearchRequest;
import engram.retrieval.index.IndexSettings;
import engram.retrieval.index.LibraryRows;
import engram.retrieval.index.LuceneIndex;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What ranking does beyond adding up the words of a query.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RankingTest {
  private static final RankingOptions FEEDBACK = new RankingOptions(null, 0.6, 0, null);
  private static final RankingOptions TWO_HOPS = new RankingOptions(null, null, 2, null);

  private final LibraryRows rows = new LibraryRows();
  private final LuceneIndex index;
  private final LuceneRetriever lexical;
  private final HashedWords model = new HashedWords();
  private final LuceneRetriever both;
  private String collection;

  RankingTest(@TempDir Path folder) {
    index = LuceneIndex.open(folder, IndexSettings.DEFAULT, rows.transactions(), rows.dataSource());
    lexical =
        new LuceneRetriever(
            index, rows.transactions(), rows.dataSource(), SearchSettings.DEFAULT, null, null);
    both =
        new LuceneRetriever(
            index,
            rows.transactions(),
            rows.dataSource(),
            SearchSettings.DEFAULT,
            "hashed-words",
            model);
  }

  @BeforeEach
  void newCollection() {
    collection = rows.newCollection(rows.tenant);
  }

  @AfterAll
  void close() {
    index.close();
    rows.close();
  }

  private LibraryRows.Draft draft(String... chunks) {
    return rows.draft(chunks).in(rows.tenant, collection);
  }

  private SearchPage search(String query, RankingOptions ranking) {
    LibraryRows.applyAll(index);
    return search(lexical, rows.everything(), query, ranking);
  }

  private SearchPage search(
      LuceneRetriever retriever, Access access, String query, RankingOptions ranking) {
    return retriever.search(
        access,
        new SearchRequest(
            List.of(collection), List.of(query), null, 0, 10, 0, null, true, ranking));
  }

  private static List<String> texts(SearchPage page) {
    return page.hits().stream().map(Hit::text).toList();
  }

  /// Whatever is explained adds up, at each level.
  private static void assertSums(Explanation explanation) {
    if (!explanation.parts().isEmpty()) {
      double sum = explanation.parts().stream().mapToDouble(Explanation::value).sum();
      assertThat(sum).as(explanation.label()).isCloseTo(explanation.value(), within(1e-5));
      explanation.parts().forEach(RankingTest::assertSums);
    }
  }

  @Test
  void functionWordsCountLessThanTheSubject() {
    rows.add(draft("What is it that we do when we are what we are, and who is who?"));
    rows.add(draft("Reimbursement of travel takes ten days."));
    assertThat(texts(search("What is the reimbursement?", RankingOptions.DEFAULT)))
        .first()
        .asString()
        .startsWith("Reimbursement");
    assertThat(texts(search("who is who", RankingOptions.DEFAULT))).hasSize(1);
  }

  @Test
  void aWordThatIsRepeatedCountsTwice() {
    rows.add(draft("about pumps", "about valves"));
    rows.add(draft("something else entirely", "and more of it"));
    assertThat(texts(search("pumps valves valves", RankingOptions.DEFAULT)))
        .containsExactly("about valves", "about pumps");
  }

  @Test
  void articlesThatLeanOnAWordAreNoPartOfIt() {
    rows.add(draft("L’avion décolle à midi.", "Storia dell'arte moderna"));
    assertThat(texts(search("avion", RankingOptions.DEFAULT))).hasSize(1);
    assertThat(texts(search("arte", RankingOptions.DEFAULT))).hasSize(1);
  }

  @Test
  void aMisspeltQueryThatFindsNothingIsWidenedToSimilarWordsAndSaysSo() {
    rows.add(draft("The thermostat of the boiler", "Unrelated words"));
    SearchPage page = search("thermistat", RankingOptions.DEFAULT);
    assertThat(texts(page)).containsExactly("The thermostat of the boiler");
    assertThat(page.notes()).anyMatch(note -> note.contains("similar words"));
    assertThat(page.hits().getFirst().score()).isBetween(0.0, 1.0);
    assertSums(page.hits().getFirst().explanation());
    SearchPage found = search("boiler", RankingOptions.DEFAULT);
    assertThat(found.notes()).noneMatch(note -> note.contains("similar words"));
    assertThat(texts(search("qqqqq zzzzz", RankingOptions.DEFAULT))).isEmpty();
  }

  @Test
  void functionWordsThatFindSomethingKeepNoMisspeltQueryFromBeingWidened() {
    rows.add(draft("The thermostat of the boiler", "What is the colour of the door"));
    SearchPage page = search("What is the thermistat of it?", RankingOptions.DEFAULT);
    assertThat(page.notes()).anyMatch(note -> note.contains("similar words"));
    assertThat(texts(page)).contains("The thermostat of the boiler");
  }

  @Test
  void whetherAQueryIsWidenedIsNotToldByWhatTheCallerMayNotRead() {
    rows.add(draft("The thermostat of the boiler", "What is the colour of the door"));
    rows.add(draft("A thermistat in a secret").readers("user:boss"));
    LibraryRows.applyAll(index);
    Access ann = new Access(rows.tenant, "k", false, Set.of("user:ann"), null, null);
    for (String query : List.of("thermistat", "What is the thermistat of it?")) {
      SearchPage page = search(lexical, ann, query, RankingOptions.DEFAULT);
      assertThat(page.notes()).as(query).anyMatch(note -> note.contains("similar words"));
      assertThat(texts(page)).contains("The thermostat of the boiler");
      SearchPage boss = search(lexical, rows.everything(), query, RankingOptions.DEFAULT);
      assertThat(boss.notes()).as(query).noneMatch(note -> note.contains("similar words"));
      assertThat(texts(boss)).contains("A thermistat in a secret");
    }
  }

  @Test
  void aQueryWithoutWordsHasNoHopsAndNoOddScores() {
    String[] texts = {"Marie Curie was born in Warsaw.", "Warsaw lies on the Vistula."};
    rows.add(draft(texts).embedded("hashed-words", model.embed(List.of(texts))));
    LibraryRows.applyAll(index);
    SearchPage page = search(both, rows.everything(), "???", TWO_HOPS);
    assertThat(page.hits()).allMatch(hit -> hit.score() >= 0 && hit.score() <= 1);
  }

  @Test
  void aCompoundThatNobodyWroteIsFoundByItsParts() {
    rows.add(draft("Unser Datenschutz im Überblick", "Der Beauftragte meldet sich"));
    assertThat(texts(search("Datenschutzbeauftragte", RankingOptions.DEFAULT))).hasSize(2);
  }

  @Test
  void anExplanationNamesTheQuerysOwnWords() {
    rows.add(draft("Parents receive 20 weeks of parental leave"));
    assertThat(search("Leave week", RankingOptions.DEFAULT).hits().getFirst().explanation().parts())
        .extracting(Explanation::label)
        .containsExactlyInAnyOrder("text: Leave (as leav)", "text: week");
  }

  @Test
  void feedbackFindsWhatTheFirstHitsAreAbout() {
    for (int i = 0; i < 6; i++) {
      rows.add(draft("Jaguar number " + i + " is a feline predator that hunts at night"));
    }
    rows.add(draft("Leopards, too, are feline predators which hunt at night"));
    rows.add(draft("Accounting rules for leases", "Tax law", "Bridges and dams", "A cook book"));
    for (int i = 0; i < 20; i++) {
      rows.add(draft("Filler about subject " + i));
    }
    assertThat(texts(search("jaguar", RankingOptions.DEFAULT))).hasSize(6);
    SearchPage page = search("jaguar", FEEDBACK);
    assertThat(texts(page)).hasSize(7).last().asString().startsWith("Leopards");
    page.hits().forEach(hit -> assertSums(hit.explanation()));
    assertThat(page.hits().getLast().explanation().parts())
        .anyMatch(part -> part.label().endsWith("(feedback)"));
  }

  @Test
  void aNameInAHitLeadsToTheChunkThatIsAboutIt() {
    rows.add(draft("It is edited by students of Harbour University.").titled("The Collegian"));
    rows.add(draft("It was founded in 1960 in a small town.").titled("Harbour University"));
    for (int i = 0; i < 12; i++) {
      rows.add(draft("It was founded in " + (1900 + i) + ".").titled("Company Number" + i));
    }
    String question = "When was the institute behind The Collegian founded?";
    assertThat(rank(search(question, RankingOptions.DEFAULT))).isGreaterThan(1);
    SearchPage page = search(question, TWO_HOPS);
    assertThat(rank(page)).isEqualTo(1);
    Explanation why = page.hits().get(1).explanation();
    assertThat(why.parts())
        .anyMatch(
            part -> part.label().equals("hop 1: \"The Collegian\" names \"Harbour University\""));
    page.hits().forEach(hit -> assertSums(hit.explanation()));
    assertThat(page.hits()).allMatch(hit -> hit.score() >= 0 && hit.score() <= 1);
  }

  @ParameterizedTest
  @CsvSource({
    "校报, 它由《海港大学》的学生编辑。, 海港大学, 校报的大学何时成立, 海港大学",
    "コレギアン, ハーバーランド大学の学生が編集する。, ハーバーランド, コレギアンはいつ設立, ハーバーランド",
    "الكوليجيان, تحررها طالبات الميناءية كل شهر, الميناءية, متى تأسست الكوليجيان, الميناءية",
    "콜리지언, 항구대학교 학생들이 편집한다, 항구대학교, 콜리지언은 언제 설립되었나, 항구대학교",
    "कॉलेजियन, इसे बंदरगाहपुर के छात्र लिखते हैं, बंदरगाहपुर, कॉलेजियन की स्थापना कब हुई, बंदरगाहपुर",
  })
  void aNameLeadsOnWithoutCapitalsToo(
      String title, String text, String other, String question, String name) {
    rows.add(draft(text).titled(title));
    rows.add(draft("1960").titled(other));
    for (int i = 0; i < 12; i++) {
      rows.add(draft("19" + i).titled("Company Number" + i));
    }
    SearchPage page = search(question, TWO_HOPS);
    assertThat(page.hits())
        .filteredOn(hit -> other.equals(hit.source().title()))
        .singleElement()
        .satisfies(hit ->
            assertThat(hit.explanation().parts())
                .extracting(Explanation::label)
                .anyMatch(label -> label.endsWith("names \"" + name + "\"")));
  }

  @Test
  void everyHopOnTheWayIsShown() {
    rows.add(draft("It is edited by students of Harbour University.").titled("The Collegian"));
    rows.add(draft("It stands in Port Selby.").titled("Harbour University"));
    rows.add(draft("The mayor is Ada Quill.").titled("Port Selby"));
    for (int i = 0; i < 20; i++) {
      rows.add(draft("Filler about subject " + i).titled("Subject " + i));
    }
    LibraryRows.applyAll(index);
    SearchPage page =
        search(lexical, rows.everything(), "Who governs the town of The Collegian?", TWO_HOPS);
    Explanation why =
        page.hits().stream()
            .filter(hit -> "Port Selby".equals(hit.source().title()))
            .findFirst()
            .orElseThrow()
            .explanation();
    assertThat(why.parts())
        .extracting(Explanation::label)
        .endsWith(
            "hop 1: \"The Collegian\" names \"Harbour University\"",
            "hop 2: \"Harbour University\" names \"Port Selby\"");
    assertThat(why.parts()).allMatch(part -> part.value() >= 0);
    page.hits().forEach(hit -> assertSums(hit.explanation()));
  }

  @Test
  void hitsOfASearchWithHopsBringWhatThoseBeforeThemLack() {
    for (int i = 0; i < 4; i++) {
      rows.add(draft("the tunnel under the strait, part " + i));
    }
    rows.add(draft("a bridge over a river somewhere in the far north of the country"));
    rows.add(draft("Filler", "about", "other", "subjects", "altogether"));
    String question = "tunnel strait bridge";
    assertThat(texts(search(question, RankingOptions.DEFAULT)).get(1)).contains("tunnel");
    SearchPage page = search(question, TWO_HOPS);
    assertThat(texts(page)).hasSize(5);
    assertThat(texts(page).get(1)).contains("bridge");
    assertThat(page.hits().stream().map(hit -> -hit.score()).toList()).isSorted();
    page.hits().forEach(hit -> assertSums(hit.explanation()));
    assertThat(page.hits().getLast().explanation().parts())
        .anyMatch(part -> part.label().startsWith("better hits") && part.value() < 0);
  }

  @Test
  void aCalibrationSaysWhatFunctionWordsAndTitlesCount() {
    rows.add(draft("What is it that we do when we are what we are, and who is who?"));
    rows.add(draft("Reimbursement of travel takes ten days, and so does that of meals."));
    Calibration allAlike = new Calibration(1.2, 0.75, 0, 0.5, 1.0, 0.0);
    assertThat(weights(search("what is reimbursement", RankingOptions.DEFAULT), "what"))
        .isLessThan(weights(search("what is reimbursement", tried(allAlike)), "what"));
    rows.add(draft("A chapter").titled("Gearboxes"));
    SearchPage untitled = search("gearboxes", tried(allAlike));
    assertThat(untitled.hits().getFirst().explanation().parts())
        .noneMatch(part -> part.label().startsWith("title"));
    assertThat(search("gearboxes", RankingOptions.DEFAULT).hits().getFirst().explanation().parts())
        .anyMatch(part -> part.label().startsWith("title"));
    assertThatThrownBy(() -> new Calibration(1.2, 0.75, 0, 0.5, 0.0, 0.2))
        .hasMessageContaining("function_words 0.0 is not in [0.01, 1]");
  }

  private static RankingOptions tried(Calibration calibration) {
    return RankingOptions.DEFAULT.withCalibration(calibration);
  }

  /// What a word gives the chunk that asks who is who.
  private static double weights(SearchPage page, String word) {
    return page.hits().stream()
        .filter(hit -> hit.text().startsWith("What is it"))
        .flatMap(hit -> hit.explanation().parts().stream())
        .filter(part -> part.label().equals("text: " + word))
        .mapToDouble(Explanation::value)
        .sum();
  }

  private static int rank(SearchPage page) {
    List<String> titles = page.hits().stream().map(hit -> hit.source().title()).toList();
    return titles.contains("Harbour University") ? titles.indexOf("Harbour University") : 99;
  }

  @Test
  void noHopAndNoFeedbackReachesWhatTheCallerMayNotRead() {
    rows.add(draft("It is edited by students of Harbour University.").titled("The Collegian"));
    rows.add(draft("Founded in 1960.").titled("Harbour University").readers("board"));
    rows.add(draft("The Collegian and its secret weasel budget").readers("board"));
    rows.add(draft("A weasel").titled("Weasels"));
    LibraryRows.applyAll(index);
    Access outsider = new Access(rows.tenant, "k", false, Set.of("outsider"), null, null);
    for (RankingOptions ranking : List.of(TWO_HOPS, FEEDBACK)) {
      SearchPage page = search(lexical, outsider, "When was The Collegian founded?", ranking);
      assertThat(texts(page)).noneMatch(text -> text.contains("1960") || text.contains("weasel"));
    }
  }

  @Test
  void theFusionIsChosenByNameAndItsPartsAddUp() {
    String[] chunks = {"a cat on a mat", "a dog on a log", "cats and dogs"};
    rows.add(draft(chunks).embedded("hashed-words", model.embed(List.of(chunks))));
    LibraryRows.applyAll(index);
    for (String fusion : List.of("convex", "rrf")) {
      RankingOptions ranking = new RankingOptions(fusion, null, 0, null);
      SearchPage page = search(both, rows.everything(), "cat", ranking);
      assertThat(texts(page)).hasSize(3).contains("a cat on a mat");
      page.hits().forEach(hit -> assertSums(hit.explanation()));
      assertThat(page.hits().getFirst().explanation().label()).startsWith(fusion);
    }
    RankingOptions unknown = new RankingOptions("best", null, 0, null);
    assertThatThrownBy(() -> search(both, rows.everything(), "cat", unknown))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("[convex, rrf]");
  }

  @Test
  void aCollectionIsRankedByItsOwnCalibration() {
    rows.add(draft("pump", "pump " + "and so on ".repeat(60) + "pump pump"));
    Calibration ofLength = new Calibration(1.2, 0, 0, 0.5);
    assertThat(texts(search("pump", RankingOptions.DEFAULT))).first().isEqualTo("pump");
    RankingOptions tried = RankingOptions.DEFAULT.withCalibration(ofLength);
    assertThat(texts(search("pump", tried))).last().isEqualTo("pump");
    rows.calibrate(collection, "{\"k1\": 1.2, \"b\": 0, \"feedback\": 0, \"textWeight\": 0.5}");
    SearchPage page = search(fresh(), rows.everything(), "pump", RankingOptions.DEFAULT);
    assertThat(texts(page)).last().isEqualTo("pump");
    page.hits().forEach(hit -> assertSums(hit.explanation()));
  }

  /// Remembers no collection yet.
  private LuceneRetriever fresh() {
    return new LuceneRetriever(
        index, rows.transactions(), rows.dataSource(), SearchSettings.DEFAULT, null, null);
  }
}
