package engram.eval.run;

import engram.db.Job;
import engram.db.JobClaims;
import engram.db.JobLedger;
import engram.db.Transactions;
import engram.eval.AnswerOptions;
import engram.eval.Answering;
import engram.eval.EvaluationRun;
import engram.eval.EvaluationRun.QueryResult;
import engram.eval.Evaluations;
import engram.eval.JudgedQuery;
import engram.eval.JudgedSet;
import engram.eval.ReadLimits;
import engram.eval.Requester;
import engram.eval.SearchOptions;
import engram.eval.run.RunRows.Result;
import engram.eval.run.SetRows.Numbered;
import engram.retrieval.Access;
import engram.retrieval.Library;
import engram.retrieval.Page;
import engram.retrieval.RefusedException;
import engram.retrieval.RefusedException.Reason;
import engram.retrieval.Retriever;
import engram.retrieval.SearchRequest;
import engram.retrieval.SupportChecker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/// Evaluations in PostgreSQL, runs as jobs on the ledger.
public final class StoredEvaluations implements Evaluations {
  /// Server restarts count as attempts; failures of models have a bound of their own.
  private static final int ATTEMPTS_MAX = 100;

  private static final Set<String> ANSWER_MEASURES =
      Set.of(
          AnswerMeasures.ANSWER_HIT,
          AnswerMeasures.SENTENCE_HIT,
          AnswerMeasures.CITATION_PRECISION,
          AnswerMeasures.CITATION_RECALL,
          AnswerMeasures.ANSWERED,
          AnswerMeasures.SENTENCES_CARRIED,
          AnswerMeasures.CITATIONS_NEEDED);

  /// What is stored keeps its names, whatever mapper the process has.
  private static final JsonMapper JSON =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  private final Transactions transactions;
  private final JobLedger ledger;
  private final Library library;
  private final SearchOptions options;
  private final AnswerOptions answerOptions;
  private final ReadLimits limits;
  private final SetRows sets;
  private final RunRows runs;
  private final RunWorker worker;

  /// @param checker says whether an answer's citations carry it
  /// @param lease how long a silent worker keeps its run
  /// @param limits of a set that is stored
  public StoredEvaluations(
      Transactions transactions,
      JdbcClient jdbc,
      JobLedger ledger,
      JobClaims claims,
      Library library,
      Retriever retriever,
      Answering answering,
      SearchOptions options,
      AnswerOptions answerOptions,
      SupportChecker checker,
      Requester requester,
      Duration lease,
      ReadLimits limits) {
    this.transactions = transactions;
    this.ledger = ledger;
    this.library = library;
    this.options = options;
    this.answerOptions = answerOptions;
    this.limits = limits;
    this.sets = new SetRows(jdbc, JSON);
    this.runs = new RunRows(jdbc, ledger, JSON);
    this.worker =
        new RunWorker(
            new RunWorker.Parts(
                transactions,
                claims,
                library,
                retriever,
                answering,
                options,
                answerOptions,
                checker,
                requester,
                lease),
            sets,
            runs);
  }

  @Override
  public JudgedSet createSet(Access access, JudgedSet.Draft draft) {
    long judgements = draft.queries().stream().mapToLong(query -> query.judgements().size()).sum();
    if (draft.queries().size() > limits.queriesMax() || judgements > limits.judgementsMax()) {
      throw new RefusedException(
          Reason.TOO_LARGE,
          "judged_set_too_large",
          "A set has at most %d queries and %d judgements."
              .formatted(limits.queriesMax(), limits.judgementsMax()));
    }
    return transactions.inTenant(access.tenant(), () -> sets.insert(access, draft));
  }

  @Override
  public JudgedSet set(Access access, String setId) {
    return transactions.readInTenant(access.tenant(), () -> sets.find(access, setId));
  }

  @Override
  public Page<JudgedSet> sets(Access access, Page.Cursor cursor) {
    return transactions.readInTenant(access.tenant(), () -> sets.list(access, cursor));
  }

  @Override
  public Page<JudgedQuery> queries(Access access, String setId, int offset, int limit) {
    checkRange(offset, limit);
    return transactions.readInTenant(
        access.tenant(),
        () -> {
          sets.find(access, setId);
          List<JudgedQuery> found =
              sets.queries(setId, offset, limit + 1).stream().map(Numbered::query).toList();
          return SetRows.page(found, limit);
        });
  }

  private static void checkRange(int offset, int limit) {
    if (offset < 0) {
      throw new IllegalArgumentException("offset " + offset + " < 0");
    }
    if (limit < 1 || limit > Page.LIMIT_MAX) {
      throw new IllegalArgumentException(
          "limit " + limit + " is not in [1, " + Page.LIMIT_MAX + "]");
    }
  }

  @Override
  public void deleteSet(Access access, String setId) {
    transactions.inTenant(
        access.tenant(),
        () -> {
          sets.find(access, setId);
          runs.runsOf(setId).forEach(run -> runs.job(run).ifPresent(ledger::cancel));
          sets.delete(setId);
        });
  }

  @Override
  public EvaluationRun createRun(Access access, EvaluationRun.Draft draft) {
    library.checkCollection(access, draft.collectionId());
    for (EvaluationRun.Configuration configuration : draft.configurations()) {
      // As the run will ask it, so that what a search would refuse is refused here.
      SearchRequest search =
          options.request(configuration.search(), draft.collectionId(), "query", 0, 1);
      if (configuration.ask() != null) {
        answerOptions.request(configuration.ask(), "query", search);
      }
    }
    return transactions.inTenant(
        access.tenant(),
        () -> {
          JudgedSet set = sets.find(access, draft.setId());
          String name = draft.name() == null ? set.name() : draft.name();
          String id = runs.insert(access, draft, name);
          runs.queued(
              id,
              ledger.enqueue(
                  new Job.Request(
                      EvaluationRun.JOB_KIND, id, Map.of(), 0, ATTEMPTS_MAX, Duration.ZERO)));
          return runs.find(access, id);
        });
  }

  @Override
  public EvaluationRun run(Access access, String runId) {
    return transactions.readInTenant(access.tenant(), () -> runs.find(access, runId));
  }

  @Override
  public Page<EvaluationRun> runs(Access access, Page.Cursor cursor) {
    return transactions.readInTenant(access.tenant(), () -> runs.list(access, cursor));
  }

  @Override
  public EvaluationRun cancelRun(Access access, String runId) {
    return transactions.inTenant(
        access.tenant(),
        () -> {
          EvaluationRun run = runs.find(access, runId);
          if (!runs.job(runId).map(ledger::cancel).orElse(false)) {
            throw new RefusedException(
                Reason.CONFLICT, "evaluation_finished", "The evaluation is " + run.state() + ".");
          }
          return runs.find(access, runId);
        });
  }

  @Override
  public void deleteRun(Access access, String runId) {
    transactions.inTenant(
        access.tenant(),
        () -> {
          runs.find(access, runId);
          runs.job(runId).ifPresent(ledger::cancel);
          runs.delete(runId);
        });
  }

  @Override
  public Page<QueryResult> results(
      Access access,
      String runId,
      @Nullable String metric,
      @Nullable String queryId,
      int offset,
      int limit) {
    checkRange(offset, limit);
    EvaluationRun run = run(access, runId);
    String by = metric == null ? run.mainMetric() : metric;
    checkMetric(run, by);
    List<QueryResult> all =
        rows(access, runId, by).stream()
            .filter(result -> queryId == null || result.queryId().equals(queryId))
            .sorted(worstFirst(by))
            .skip(offset)
            .limit(limit + 1L)
            .toList();
    return SetRows.page(all, limit);
  }

  private static void checkMetric(EvaluationRun run, String metric) {
    Set<String> labels = new HashSet<>(run.metrics());
    if (run.answers()) {
      labels.addAll(ANSWER_MEASURES);
    }
    if (!labels.contains(metric)) {
      throw new RefusedException(
          Reason.INVALID,
          "unknown_metric",
          "'metric' is one of those of the run: "
              + labels.stream().sorted().collect(Collectors.joining(", "))
              + ".");
    }
  }

  /// Queries on which the measure is not defined come last.
  private static Comparator<QueryResult> worstFirst(String metric) {
    return Comparator.comparingDouble(result -> {
      if (result.difference() != null) {
        return result.difference();
      }
      Double value = result.outcomes().getFirst().metrics().get(metric);
      return value == null ? Double.MAX_VALUE : value;
    });
  }

  @Override
  public List<QueryResult> allResults(Access access, String runId) {
    return rows(access, runId, run(access, runId).mainMetric());
  }

  private List<QueryResult> rows(Access access, String runId, String metric) {
    return transactions.readInTenant(
        access.tenant(),
        () -> {
          EvaluationRun run = runs.find(access, runId);
          int configurations = run.configurations().size();
          Map<Integer, List<Result>> byQuery = new TreeMap<>();
          for (Result result : runs.results(runId)) {
            byQuery.computeIfAbsent(result.query(), query -> new ArrayList<>()).add(result);
          }
          List<QueryResult> results = new ArrayList<>();
          for (Numbered one : sets.queries(run.setId(), 0, limits.queriesMax())) {
            List<Result> done = byQuery.getOrDefault(one.number(), List.of());
            if (done.size() == configurations) {
              results.add(result(one.query(), done, metric));
            }
          }
          return results;
        });
  }

  private static QueryResult result(JudgedQuery query, List<Result> done, String metric) {
    Double first = done.getFirst().outcome().metrics().get(metric);
    Double last = done.getLast().outcome().metrics().get(metric);
    return new QueryResult(
        query.id(),
        query.text(),
        done.size() == 2 && first != null && last != null ? last - first : null,
        done.stream().map(Result::outcome).toList());
  }

  @Override
  public boolean runNext(String workerName, BooleanSupplier stopping) {
    return worker.next(workerName, stopping);
  }
}
