package engram.eval;

import engram.eval.report.HtmlReport;
import java.util.List;

/// A run with all its queries, for keeping: as JSON it is what later runs are held against.
///
/// @param queries in the order of the set
public record Report(EvaluationRun run, List<EvaluationRun.QueryResult> queries) {
  public Report {
    queries = List.copyOf(queries);
  }

  /// One page that needs nothing else: no script, nothing fetched, light and dark.
  public String html() {
    return new HtmlReport(run, queries).render();
  }
}
