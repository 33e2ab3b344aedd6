package engram.eval.run;

import engram.db.Job;
import engram.db.JobClaims;
import engram.db.Transactions;
import engram.eval.AnswerOptions;
import engram.eval.Answering;
import engram.eval.EvaluationRun;
import engram.eval.EvaluationRun.Outcome;
import engram.eval.JudgedQuery;
import engram.eval.JudgedSet;
import engram.eval.Metric;
import engram.eval.Requester;
import engram.eval.SearchOptions;
import engram.eval.run.RunRows.Result;
import engram.eval.run.SetRows.Numbered;
import engram.retrieval.Access;
import engram.retrieval.Answer;
import engram.retrieval.AskRequest;
import engram.retrieval.Hit;
import engram.retrieval.Library;
import engram.retrieval.ModelException;
import engram.retrieval.NotFoundException;
import engram.retrieval.RefusedException;
import engram.retrieval.Retriever;
import engram.retrieval.SearchRequest;
import engram.retrieval.SupportChecker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries runs on. What a query gave is committed before the next one begins, together with a look
/// whether the job is still this worker's; so a worker that is killed loses one query at most, and
/// one that lost its lease writes nothing.
final class RunWorker {
  private static final Logger LOG = LoggerFactory.getLogger(RunWorker.class);
  private static final int QUERIES_AT_ONCE = 100;
  private static final int PASSAGES = 20;
  private static final int MODEL_ATTEMPTS_MAX = 5;

  private final Parts parts;
  private final SetRows sets;
  private final RunRows runs;

  /// What a worker works with.
  ///
  /// @param lease how long a silent worker keeps its run
  record Parts(
      Transactions transactions,
      JobClaims claims,
      Library library,
      Retriever retriever,
      Answering answering,
      SearchOptions options,
      AnswerOptions answerOptions,
      SupportChecker checker,
      Requester requester,
      Duration lease) {}

  RunWorker(Parts parts, SetRows sets, RunRows runs) {
    this.parts = parts;
    this.sets = sets;
    this.runs = runs;
  }

  boolean next(String worker, BooleanSupplier stopping) {
    Optional<Job.Claim> claimed =
        parts.claims().claim(Set.of(EvaluationRun.JOB_KIND), worker, parts.lease());
    if (claimed.isEmpty()) {
      return false;
    }
    Job.Claim claim = claimed.get();
    try (Heartbeat heartbeat = new Heartbeat(parts.claims(), claim, parts.lease())) {
      carryOn(claim, heartbeat, stopping);
    } catch (NotFoundException gone) {
      parts.claims().failFinal(claim, "not_found", String.valueOf(gone.getMessage()));
    } catch (RefusedException refused) {
      parts.claims().failFinal(claim, refused.code(), String.valueOf(refused.getMessage()));
    } catch (ModelException failed) {
      modelFailed(claim, failed);
    } catch (RuntimeException failed) {
      LOG.warn("Evaluation {} failed in attempt {}", claim.subject(), claim.attempt(), failed);
      parts
          .claims()
          .failRetry(claim, "internal_error", "Internal error; the server's log says why.");
    }
    return true;
  }

  private void modelFailed(Job.Claim claim, ModelException failed) {
    String message = String.valueOf(failed.getMessage());
    if (claim.attempt() < MODEL_ATTEMPTS_MAX) {
      parts.claims().failRetry(claim, failed.code(), message);
    } else {
      parts.claims().failFinal(claim, failed.code(), message);
    }
  }

  private void carryOn(Job.Claim claim, Heartbeat heartbeat, BooleanSupplier stopping) {
    UUID tenant = claim.tenant();
    Optional<EvaluationRun> found =
        tenant == null
            ? Optional.empty()
            : parts.transactions().readInTenant(tenant, () -> runs.find(claim.subject()));
    if (tenant == null || found.isEmpty()) { // deleted meanwhile
      parts.claims().cancelled(claim);
      return;
    }
    EvaluationRun run = found.get();
    Access access = parts.requester().accessOf(tenant, run.createdBy());
    parts.library().checkCollection(access, run.collectionId());
    JudgedSet set = parts.transactions().readInTenant(tenant, () -> sets.find(access, run.setId()));
    Names names = new Names(parts.library(), access, run.collectionId(), set);
    Set<Integer> done =
        parts
            .transactions()
            .readInTenant(tenant, () -> runs.done(run.id(), run.configurations().size()));
    int finished = done.size();
    int missing = 0;
    for (int from = 0; from < set.queryCount(); from += QUERIES_AT_ONCE) {
      int begin = from;
      List<Numbered> some =
          parts
              .transactions()
              .readInTenant(tenant, () -> sets.queries(set.id(), begin, QUERIES_AT_ONCE));
      for (Numbered one : some) {
        if (heartbeat.shouldStop() || stopping.getAsBoolean()) {
          end(claim, stopping);
          return;
        }
        Map<String, Integer> judgements = judgements(run, one.query(), names);
        missing += relevant(one.query().judgements()) - relevant(present(one.query(), names));
        if (!done.contains(one.number())) {
          List<Result> results = results(run, access, one, judgements, names);
          finished++;
          if (!store(claim, tenant, run, results, finished, set.queryCount())) {
            end(claim, stopping);
            return;
          }
        }
      }
    }
    succeed(claim, tenant, run, missing);
  }

  /// A run that is left alone at the end of a process goes on when its lease is over.
  private void end(Job.Claim claim, BooleanSupplier stopping) {
    if (!stopping.getAsBoolean()) {
      parts.claims().cancelled(claim); // false and without effect where the claim is lost
    }
  }

  private static int relevant(Map<String, Integer> judgements) {
    return (int) judgements.values().stream().filter(grade -> grade > 0).count();
  }

  private static Map<String, Integer> present(JudgedQuery query, Names names) {
    Map<String, Integer> present = new LinkedHashMap<>();
    query
        .judgements()
        .forEach((document, grade) -> {
          if (grade > 0 && names.has(document)) {
            present.put(document, grade);
          }
        });
    return present;
  }

  private static Map<String, Integer> judgements(
      EvaluationRun run, JudgedQuery query, Names names) {
    Map<String, Integer> present = present(query, names);
    return run.countMissing() ? query.judgements() : present;
  }

  /// Which configuration comes first changes from query to query: the second finds warm caches.
  private List<Result> results(
      EvaluationRun run,
      Access access,
      Numbered one,
      Map<String, Integer> judgements,
      Names names) {
    int count = run.configurations().size();
    boolean counts =
        relevant(judgements) > 0 || (run.answers() && !one.query().answers().isEmpty());
    List<Result> results = new ArrayList<>();
    for (int turn = 0; turn < count; turn++) {
      int configuration = (turn + one.number()) % count;
      results.add(
          counts
              ? result(run, access, one, configuration, judgements, names)
              : new Result(
                  one.number(),
                  configuration,
                  new Outcome(Map.of(), Map.of(), List.of(), 0),
                  List.of()));
    }
    return results;
  }

  private Result result(
      EvaluationRun run,
      Access access,
      Numbered one,
      int configuration,
      Map<String, Integer> judgements,
      Names names) {
    EvaluationRun.Configuration how = run.configurations().get(configuration);
    var search = how.search();
    String text = one.query().text();
    Ranking ranking =
        Ranking.of(
            parts.retriever(),
            access,
            (offset, limit) ->
                parts.options().request(search, run.collectionId(), text, offset, limit),
            names,
            run.depth());
    Map<String, Double> metrics = new LinkedHashMap<>();
    if (relevant(judgements) > 0) {
      for (String label : run.metrics()) {
        metrics.put(label, Metric.of(label).of(ranking.documents(), judgements));
      }
    }
    if (run.answers()) {
      SearchRequest passages =
          parts.options().request(search, run.collectionId(), text, 0, PASSAGES);
      AskRequest asked = asked(how, text, passages);
      metrics.putAll(answer(access, one.query(), asked, judgements, names));
    }
    Map<String, Integer> ranks = new LinkedHashMap<>();
    for (int index = 0; index < ranking.documents().size(); index++) {
      if (judgements.getOrDefault(ranking.documents().get(index), 0) > 0) {
        ranks.put(ranking.documents().get(index), index + 1);
      }
    }
    return new Result(
        one.number(),
        configuration,
        new Outcome(metrics, ranks, ranking.topFiles(), ranking.latencyMs()),
        ranking.notes());
  }

  private AskRequest asked(
      EvaluationRun.Configuration how, String question, SearchRequest passages) {
    return how.ask() != null
        ? parts.answerOptions().request(how.ask(), question, passages)
        : new AskRequest(
            question,
            passages,
            AskRequest.Mode.AUTO,
            null,
            List.of(),
            AskRequest.BUDGET_TOKENS_DEFAULT,
            null,
            null);
  }

  private Map<String, Double> answer(
      Access access,
      JudgedQuery query,
      AskRequest asked,
      Map<String, Integer> judgements,
      Names names) {
    Answer answer = parts.answering().ask(access, asked);
    Map<Long, String> nameByChunk = new LinkedHashMap<>();
    for (Hit hit : answer.passages().hits()) {
      nameByChunk.put(hit.chunkId(), names.of(hit));
    }
    return AnswerMeasures.of(
        query,
        judgements,
        answer,
        citation -> nameByChunk.getOrDefault(citation.chunkId(), citation.source().fileId()),
        parts.checker());
  }

  /// @return whether the job was still this worker's; else nothing was stored
  private boolean store(
      Job.Claim claim, UUID tenant, EvaluationRun run, List<Result> results, int done, int total) {
    try {
      parts
          .transactions()
          .inTenant(
              tenant,
              () -> {
                results.forEach(result -> runs.insert(tenant, run.id(), result));
                if (!parts.claims().progress(claim, progress(done, total))) {
                  throw new LostClaim();
                }
              });
      return true;
    } catch (LostClaim lost) {
      return false;
    }
  }

  private void succeed(Job.Claim claim, UUID tenant, EvaluationRun run, int missing) {
    List<Result> results = parts.transactions().readInTenant(tenant, () -> runs.results(run.id()));
    EvaluationRun.Summary summary = Summaries.of(run, results, missing);
    try {
      parts
          .transactions()
          .inTenant(
              tenant,
              () -> {
                runs.finish(run.id(), summary);
                if (!parts.claims().succeed(claim)) {
                  throw new LostClaim();
                }
              });
    } catch (LostClaim lost) {
      LOG.info("Evaluation {} is another worker's now, or was cancelled", run.id());
      parts.claims().cancelled(claim);
    }
  }

  /// As [EvaluationRun.Progress] is read, however the ledger names fields.
  private static Map<String, Object> progress(int done, int total) {
    return Map.of("queries_done", done, "queries_total", total);
  }

  /// Rolls back what was written for a job that is another worker's.
  private static final class LostClaim extends RuntimeException {
    LostClaim() {
      super("the claim is lost", null, false, false);
    }
  }
}
