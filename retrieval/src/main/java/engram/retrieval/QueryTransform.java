package engram.retrieval;

import java.util.List;

/// Makes of a question what is searched for: a rewriting, its parts, a supposed answer (HyDE).
///
/// An extension point: none is built in. Where the application context has one, every search of one
/// query goes through it, and its queries' lists are fused. Any number of threads.
public interface QueryTransform {
  /// @return at least one query and at most [SearchRequest#QUERIES_MAX]; the question itself is
  ///   among them if it should be searched for too
  List<String> queries(String question);
}
