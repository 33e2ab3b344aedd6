package engram.eval.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import engram.db.TestDatabase;
import engram.eval.Comparison;
import engram.eval.EvaluationRun;
import engram.eval.EvaluationRun.Configuration;
import engram.eval.EvaluationRun.QueryResult;
import engram.eval.Evaluations;
import engram.eval.JudgedQuery;
import engram.eval.JudgedSet;
import engram.eval.JudgedSet.DocumentsBy;
import engram.eval.Metric;
import engram.eval.ReadLimits;
import engram.retrieval.Access;
import engram.retrieval.AskRequest;
import engram.retrieval.ModelException;
import engram.retrieval.NotFoundException;
import engram.retrieval.Page;
import engram.retrieval.RefusedException;
import engram.retrieval.SearchRequest;
import engram.retrieval.SupportChecker;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.json.JsonMapper;

class StoredEvaluationsTest {
  private static final TestDatabase DATABASE = TestDatabase.fresh();
  private static final AtomicInteger TENANTS = new AtomicInteger();

  private final UUID tenant = DATABASE.tenant("evaluations" + TENANTS.incrementAndGet());
  private final Access ann = access("key_ann");
  private final FakeRetrieval retrieval = new FakeRetrieval();
  private final AtomicReference<RuntimeException> refuse = new AtomicReference<>();
  private final Evaluations evaluations =
      new StoredEvaluations(
          DATABASE.transactions(),
          DATABASE.jdbc(),
          DATABASE.jobs(),
          DATABASE.claims(),
          retrieval.library(),
          retrieval,
          retrieval::answer,
          (search, collection, query, offset, limit) ->
              new SearchRequest(
                  List.of(collection),
                  List.of(query),
                  null,
                  offset,
                  limit,
                  0,
                  search.path("text_weight").asDouble(1),
                  1,
                  false),
          (ask, question, passages) -> answered(ask.path("mode").asString(), question, passages),
          new Letters(),
          (who, actor) -> {
            if (refuse.get() != null) {
              throw refuse.get();
            }
            return access(actor);
          },
          Duration.ofSeconds(1),
          new ReadLimits(1 << 20, 10, 20));

  private static AskRequest answered(String mode, String question, SearchRequest passages) {
    AskRequest.Mode asked = AskRequest.Mode.valueOf(mode.toUpperCase(Locale.ROOT));
    return new AskRequest(question, passages, asked, null, List.of(), 1_000, null, null);
  }

  /// A source carries what stands in it, to the letter; full stops aside.
  private record Letters() implements SupportChecker {
    @Override
    public double support(String claim, List<String> sources) {
      return carries(claim, sources) ? 1 : 0;
    }

    @Override
    public boolean carries(String claim, List<String> sources) {
      return sources.stream().anyMatch(source -> source.contains(claim.replace(".", "")));
    }
  }

  StoredEvaluationsTest() {
    List.of("a", "b", "c", "d").forEach(retrieval::add);
  }

  @AfterAll
  static void close() {
    DATABASE.close();
  }

  private Access access(String actor) {
    return new Access(tenant, actor, false, Set.of(), null, null);
  }

  private static JudgedQuery query(String id, String text, Map<String, Integer> judgements) {
    return new JudgedQuery(id, text, judgements, List.of());
  }

  private String set(JudgedQuery... queries) {
    return evaluations
        .createSet(ann, new JudgedSet.Draft("set", DocumentsBy.KEY, null, List.of(queries)))
        .id();
  }

  private static Configuration configuration(String name, String search) {
    return new Configuration(name, JsonMapper.shared().readTree(search));
  }

  private EvaluationRun start(String set, boolean answers, Configuration... configurations) {
    return evaluations.createRun(
        ann,
        new EvaluationRun.Draft(
            set,
            FakeRetrieval.COLLECTION,
            null,
            List.of(configurations),
            answers,
            false,
            EvaluationRun.SEED_DEFAULT));
  }

  /// Carries on whatever waits, until this run has ended.
  private EvaluationRun finish(EvaluationRun run) throws InterruptedException {
    for (int tries = 0; tries < 400; tries++) {
      EvaluationRun now = evaluations.run(ann, run.id());
      if (!now.state().equals("queued") && !now.state().equals("running")) {
        return now;
      }
      if (!evaluations.runNext("worker-" + tries, () -> false)) {
        Thread.sleep(20);
      }
    }
    throw new AssertionError("the run has not ended");
  }

  @Test
  void twoConfigurationsAreMeasuredAndComparedOnTheSameQueries() throws InterruptedException {
    String set =
        set(
            query("q1", "a b c", Map.of("a", 1)),
            query("q2", "c b a", Map.of("a", 2, "b", 1)),
            query("q3", "b", Map.of("b", 1)));
    EvaluationRun run =
        finish(
            start(
                set,
                false,
                configuration("as it is", "{}"),
                configuration("turned round", "{\"text_weight\": 0}")));

    assertThat(run.state()).isEqualTo("succeeded");
    var summary = run.summary();
    assertThat(summary.queries()).isEqualTo(3);
    var first = summary.configurations().getFirst();
    // q1: 1. q2: a (2) at rank 3, b (1) at rank 2, ideal 2 + 1/log2(3). q3: 1.
    double log3 = Math.log(3) / Math.log(2);
    double q2 = (1 / log3 + 2 / 2.0) / (2 + 1 / log3);
    assertThat(first.metrics().get("ndcg@10").mean()).isCloseTo((2 + q2) / 3, within(1e-9));
    assertThat(first.metrics().get("hit@1").mean()).isCloseTo(2 / 3.0, within(1e-9));
    assertThat(first.metrics().get("mrr@10").mean()).isCloseTo(2.5 / 3, within(1e-9));
    assertThat(first.metrics().get("recall@10").mean()).isEqualTo(1);
    assertThat(first.notes()).containsExactly(Map.entry("vectors: off", 3));
    assertThat(first.latency().p50Ms()).isPositive();

    Comparison ndcg = summary.comparisons().getFirst();
    assertThat(ndcg.metric()).isEqualTo("ndcg@10");
    // Turned round q1 has its document at rank 3, and q2 its two in their best order.
    assertThat(ndcg.meanDifference()).isCloseTo((0.5 - 1 + 1 - q2) / 3, within(1e-9));
    assertThat(List.of(ndcg.wins(), ndcg.losses(), ndcg.ties())).containsExactly(1, 1, 1);

    List<QueryResult> worst = evaluations.results(ann, run.id(), "ndcg@10", null, 0, 10).items();
    assertThat(worst).extracting(QueryResult::queryId).containsExactly("q1", "q3", "q2");
    assertThat(worst.getFirst().difference()).isCloseTo(-0.5, within(1e-9));
    assertThat(worst.getFirst().outcomes().getLast().ranks()).containsExactly(Map.entry("a", 3));
    assertThat(worst.getFirst().outcomes().getFirst().topFiles())
        .containsExactly("file-a", "file-b", "file-c");
    assertThat(evaluations.results(ann, run.id(), "map", "q3", 0, 10).items()).hasSize(1);
    assertThatThrownBy(() -> evaluations.results(ann, run.id(), "beauty", null, 0, 10))
        .isInstanceOf(RefusedException.class);
  }

  @Test
  void theMeasuresThatAreNamedAreMeasuredAsDeepAsTheyLook() throws InterruptedException {
    String set =
        set(query("q1", "c b a", Map.of("a", 1, "gone", 1)), query("q2", "b", Map.of("b", 1)));
    List<String> named = List.of("recall@200", "mrr", "ndcg@2", "mrr");
    EvaluationRun run =
        finish(
            evaluations.createRun(
                ann,
                new EvaluationRun.Draft(
                    set,
                    FakeRetrieval.COLLECTION,
                    null,
                    List.of(configuration("x", "{}")),
                    named,
                    false,
                    true,
                    1)));
    assertThat(run.metrics()).containsExactly("recall@200", "mrr", "ndcg@2");
    assertThat(run.depth()).isEqualTo(200);
    assertThat(run.summary().depth()).isEqualTo(200);
    assertThat(run.summary().configurations().getFirst().metrics())
        .containsOnlyKeys("recall@200", "mrr", "ndcg@2");
    assertThat(mean(run, "mrr")).isCloseTo((1 / 3.0 + 1) / 2, within(1e-9));
    assertThat(mean(run, "recall@200")).isEqualTo(0.75);
    // Without a measure the first is meant, as there is no ndcg@10.
    assertThat(evaluations.results(ann, run.id(), null, null, 0, 10).items())
        .extracting(QueryResult::queryId)
        .containsExactly("q1", "q2");
    assertThatThrownBy(() -> evaluations.results(ann, run.id(), "ndcg@10", null, 0, 10))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("mrr, ndcg@2, recall@200");
    assertThat(finish(start(set, false, configuration("x", "{}"))).metrics())
        .isEqualTo(Metric.DEFAULTS.stream().map(Metric::label).toList());
  }

  @ParameterizedTest
  @EnumSource(DocumentsBy.class)
  void documentsAreNamedAsTheSetSays(DocumentsBy by) throws InterruptedException {
    String name =
        switch (by) {
          case KEY, ATTRIBUTE -> "b";
          case FILE_ID -> "file-b";
          case FILENAME -> "b.txt";
        };
    String attribute = by == DocumentsBy.ATTRIBUTE ? "code" : null;
    JudgedSet set =
        evaluations.createSet(
            ann,
            new JudgedSet.Draft(
                "s", by, attribute, List.of(query("q", "a b", Map.of(name, 1, "gone", 1)))));
    EvaluationRun run = finish(start(set.id(), false, configuration("x", "{}")));
    assertThat(run.summary().configurations().getFirst().metrics().get("mrr@10").mean())
        .isEqualTo(0.5);
    assertThat(run.summary().judgementsMissing()).isEqualTo(1);
    assertThat(run.summary().configurations().getFirst().metrics().get("recall@10").mean())
        .isEqualTo(1);
  }

  @Test
  void whatMayNotBeReadCountsForNothingUnlessItIsAskedFor() throws InterruptedException {
    retrieval.unreadable.add("a");
    String set =
        set(query("q1", "a b", Map.of("a", 1, "b", 1)), query("q2", "a b", Map.of("a", 1)));
    EvaluationRun without = finish(start(set, false, configuration("x", "{}")));
    assertThat(without.summary().queries()).isEqualTo(1);
    assertThat(without.summary().queriesLeftOut()).isEqualTo(1);
    assertThat(without.summary().judgementsMissing()).isEqualTo(2);
    assertThat(mean(without, "recall@10")).isEqualTo(1);
    EvaluationRun with =
        finish(
            evaluations.createRun(
                ann,
                new EvaluationRun.Draft(
                    set,
                    FakeRetrieval.COLLECTION,
                    "counted",
                    List.of(configuration("x", "{}")),
                    false,
                    true,
                    1)));
    assertThat(with.summary().queries()).isEqualTo(2);
    assertThat(mean(with, "recall@10")).isEqualTo(0.25);
  }

  private static double mean(EvaluationRun run, String metric) {
    return run.summary().configurations().getFirst().metrics().get(metric).mean();
  }

  @Test
  void answersAreMeasuredByWhatTheyQuoteAndCite() throws InterruptedException {
    String set =
        set(
            new JudgedQuery("right", "a b", Map.of("a", 1, "b", 1), List.of("Text of file a")),
            new JudgedQuery("wrong", "c a", Map.of("a", 1), List.of("something else")),
            new JudgedQuery("answer only", "d", Map.of(), List.of("file d")),
            new JudgedQuery("nothing found", "x", Map.of("a", 1), List.of("y")));
    EvaluationRun run = finish(start(set, true, configuration("x", "{}")));
    assertThat(run.summary().queries()).isEqualTo(4);
    assertThat(mean(run, "answer_hit")).isEqualTo(0.5);
    assertThat(mean(run, "answer_sentence_hit")).isEqualTo(0.5);
    // Of three citations whose question has relevant documents: right 1, wrong 0; nothing: none.
    assertThat(mean(run, "citation_precision")).isEqualTo(0.5);
    assertThat(run.summary().configurations().getFirst().metrics().get("citation_precision"))
        .satisfies(figure -> assertThat(figure.queries()).isEqualTo(2));
    assertThat(mean(run, "citation_recall")).isCloseTo(0.5 / 3, within(1e-9));
    assertThat(mean(run, "answered")).isEqualTo(0.75);
    assertThat(mean(run, "sentences_carried")).isEqualTo(1);
    assertThat(mean(run, "citations_needed")).isEqualTo(1);
  }

  @Test
  void twoWaysToAnswerAreComparedOnTheSameSearch() throws InterruptedException {
    String set = set(new JudgedQuery("q", "a b", Map.of("a", 1), List.of("Text of file a")));
    Configuration plain = configuration("plain", "{}");
    Configuration inventing =
        new Configuration(
            "inventing",
            plain.search(),
            JsonMapper.shared().readTree("{\"mode\": \"generative\"}"));
    EvaluationRun run = finish(start(set, true, plain, inventing));
    assertThat(run.state()).as(String.valueOf(run.failure())).isEqualTo("succeeded");
    var second = run.summary().configurations().getLast().metrics();
    assertThat(mean(run, "sentences_carried")).isEqualTo(1);
    // Of three sentences one is quoted, one is cited for what it does not say, one cites nothing.
    assertThat(second.get("sentences_carried").mean()).isCloseTo(1 / 3.0, within(1e-9));
    assertThat(second.get("citations_needed").mean()).isEqualTo(0.5);
    assertThat(run.configurations().getLast().ask().path("mode").asString())
        .isEqualTo("generative");
    assertThat(run.summary().comparisons())
        .anyMatch(
            each -> each.metric().equals("sentences_carried") && each.meanDifference() < -0.6);
    assertThatThrownBy(() -> start(set, false, plain, inventing)).hasMessageContaining("'ask'");
  }

  @Test
  void anotherWorkerGoesOnWithWhatIsLeft() throws InterruptedException {
    String set =
        set(
            query("q1", "a", Map.of("a", 1)),
            query("q2", "b", Map.of("b", 1)),
            query("q3", "c", Map.of("c", 1)));
    EvaluationRun run = start(set, false, configuration("x", "{}"));
    // The first one is "killed" after two queries: it stops and never says so.
    AtomicInteger looks = new AtomicInteger();
    assertThat(evaluations.runNext("first", () -> looks.getAndIncrement() >= 2)).isTrue();
    assertThat(evaluations.run(ann, run.id()).state()).isEqualTo("running");
    assertThat(evaluations.run(ann, run.id()).progress())
        .isEqualTo(new EvaluationRun.Progress(2, 3));
    Map<String, Integer> before = Map.copyOf(retrieval.searches);
    assertThat(before).containsOnlyKeys("a", "b");
    assertThat(finish(run).state()).isEqualTo("succeeded");
    assertThat(retrieval.searches).containsAllEntriesOf(before);
    assertThat(evaluations.allResults(ann, run.id())).hasSize(3);
  }

  @Test
  void aRunThatIsCancelledOrDeletedWhileItRunsEnds() throws InterruptedException {
    String set = set(query("q1", "a", Map.of("a", 1)), query("q2", "b", Map.of("b", 1)));
    EvaluationRun run = start(set, false, configuration("x", "{}"));
    retrieval.beforeSearch.set(() -> {
      retrieval.beforeSearch.set(() -> pause(1_200));
      evaluations.cancelRun(ann, run.id());
    });
    EvaluationRun ended = finish(run);
    assertThat(ended.state()).isEqualTo("cancelled");
    assertThat(ended.summary()).isNull();
    assertThatThrownBy(() -> evaluations.cancelRun(ann, run.id()))
        .isInstanceOf(RefusedException.class);

    retrieval.beforeSearch.set(() -> {});
    EvaluationRun gone = start(set, false, configuration("x", "{}"));
    evaluations.deleteSet(ann, set);
    assertThat(evaluations.runNext("w", () -> false)).isFalse();
    assertThatThrownBy(() -> evaluations.run(ann, gone.id())).isInstanceOf(NotFoundException.class);
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void whoMayNotAskAnyMoreGetsNothing() throws InterruptedException {
    EvaluationRun run =
        start(set(query("q1", "a", Map.of("a", 1))), false, configuration("x", "{}"));
    refuse.set(
        new RefusedException(RefusedException.Reason.FORBIDDEN, "key_revoked", "The key ended."));
    EvaluationRun ended = finish(run);
    assertThat(ended.state()).isEqualTo("failed");
    assertThat(ended.failure())
        .isEqualTo(new EvaluationRun.Failure("key_revoked", "The key ended."));
    assertThat(retrieval.searches).isEmpty();
  }

  @Test
  void aModelThatFailsIsTriedAgainLater() {
    EvaluationRun run =
        start(set(query("q1", "a", Map.of("a", 1))), false, configuration("x", "{}"));
    retrieval.beforeSearch.set(() -> {
      throw new ModelException("model_unreachable", "It is away.");
    });
    assertThat(evaluations.runNext("w", () -> false)).isTrue();
    EvaluationRun waiting = evaluations.run(ann, run.id());
    assertThat(waiting.state()).isEqualTo("queued");
    assertThat(waiting.failure().code()).isEqualTo("model_unreachable");
    evaluations.deleteRun(ann, run.id());
  }

  @Test
  void nobodyElseSeesSetsAndRuns() {
    String set = set(query("q1", "a", Map.of("a", 1)));
    EvaluationRun run = start(set, false, configuration("x", "{}"));
    Access bob = access("key_bob");
    Access stranger = Access.all(DATABASE.tenant("other" + TENANTS.incrementAndGet()), "key_x");
    for (Access other : List.of(bob, stranger)) {
      assertThatThrownBy(() -> evaluations.set(other, set)).isInstanceOf(NotFoundException.class);
      assertThatThrownBy(() -> evaluations.run(other, run.id()))
          .isInstanceOf(NotFoundException.class);
      assertThatThrownBy(() -> evaluations.queries(other, set, 0, 10))
          .isInstanceOf(NotFoundException.class);
      assertThatThrownBy(() -> evaluations.allResults(other, run.id()))
          .isInstanceOf(NotFoundException.class);
      assertThatThrownBy(() -> evaluations.deleteSet(other, set))
          .isInstanceOf(NotFoundException.class);
      assertThatThrownBy(() -> evaluations.cancelRun(other, run.id()))
          .isInstanceOf(NotFoundException.class);
      assertThat(evaluations.sets(other, Page.Cursor.first(10)).items()).isEmpty();
      assertThat(evaluations.runs(other, Page.Cursor.first(10)).items()).isEmpty();
    }
    Access admin = Access.all(tenant, "key_admin");
    assertThat(evaluations.run(admin, run.id()).id()).isEqualTo(run.id());
    assertThat(evaluations.runs(admin, Page.Cursor.first(10)).items()).hasSize(1);
    // Without a scope the database shows nothing at all.
    assertThat(
            DATABASE.jdbc().sql("select count(*) from judged_queries").query(Long.class).single())
        .isZero();
    assertThatThrownBy(() ->
            evaluations.createRun(
                bob,
                new EvaluationRun.Draft(
                    set,
                    FakeRetrieval.COLLECTION,
                    null,
                    List.of(configuration("x", "{}")),
                    false,
                    false,
                    1)))
        .isInstanceOf(NotFoundException.class);
    evaluations.deleteRun(ann, run.id());
  }

  @Test
  void setsPageNewestFirstAndHaveBounds() {
    String first = set(query("q1", "a", Map.of("a", 1)));
    String second = set(query("q1", "a", Map.of("a", 1)), query("q2", "b", Map.of("a", 1)));
    Page<JudgedSet> page = evaluations.sets(ann, Page.Cursor.first(1));
    assertThat(page.hasMore()).isTrue();
    assertThat(page.items()).extracting(JudgedSet::id).containsExactly(second);
    assertThat(evaluations.sets(ann, new Page.Cursor(5, false, second, null)).items())
        .extracting(JudgedSet::id)
        .containsExactly(first);
    assertThat(evaluations.queries(ann, second, 1, 5).items())
        .containsExactly(query("q2", "b", Map.of("a", 1)));
    JudgedQuery[] eleven = new JudgedQuery[11];
    for (int index = 0; index < eleven.length; index++) {
      eleven[index] = query("q" + index, "a", Map.of("a", 1));
    }
    assertThatThrownBy(() -> set(eleven)).isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> set(eleven[0], eleven[0])).hasMessageContaining("'q0' twice");
  }
}
