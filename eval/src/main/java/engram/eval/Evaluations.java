package engram.eval;

import engram.retrieval.Access;
import engram.retrieval.NotFoundException;
import engram.retrieval.Page;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Judged sets and their runs. Whoever made one sees it, and so does who sees everything of the
/// tenant; for all others it does not exist ([NotFoundException]). Any number of threads.
public interface Evaluations {
  JudgedSet createSet(Access access, JudgedSet.Draft draft);

  JudgedSet set(Access access, String setId);

  /// Newest first.
  Page<JudgedSet> sets(Access access, Page.Cursor cursor);

  /// In the order of the set.
  Page<JudgedQuery> queries(Access access, String setId, int offset, int limit);

  /// With all its runs; those that are running end.
  void deleteSet(Access access, String setId);

  /// Queues a run. Its configurations are checked now.
  ///
  /// @throws NotFoundException if the set or the collection does not exist for the caller
  EvaluationRun createRun(Access access, EvaluationRun.Draft draft);

  EvaluationRun run(Access access, String runId);

  /// Newest first.
  Page<EvaluationRun> runs(Access access, Page.Cursor cursor);

  /// @throws engram.retrieval.RefusedException if it has ended
  EvaluationRun cancelRun(Access access, String runId);

  void deleteRun(Access access, String runId);

  /// Queries that are done. With two configurations those that lost most come first, with one those
  /// with the lowest value.
  ///
  /// @param metric the name of a measure of the run; null for its [EvaluationRun#mainMetric]
  /// @throws engram.retrieval.RefusedException if the run has no such measure
  /// @param queryId only this one; null for all
  Page<EvaluationRun.QueryResult> results(
      Access access,
      String runId,
      @Nullable String metric,
      @Nullable String queryId,
      int offset,
      int limit);

  /// All queries that are done, in the order of the set.
  List<EvaluationRun.QueryResult> allResults(Access access, String runId);

  /// Takes the next waiting run, of any tenant, and carries it on, query by query. Safe to be
  /// killed at any moment: another worker goes on with the queries that are left when the lease
  /// ends.
  ///
  /// @param worker a name that no other running worker has
  /// @param stopping asked between queries; the run is then left to another worker
  /// @return whether there was something to do
  boolean runNext(String worker, BooleanSupplier stopping);
}
