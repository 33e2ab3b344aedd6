package engram.retrieval;

import java.util.List;

/// Reads hits together with the query, which no index can, and says how well each answers it: a
/// cross-encoder, late interaction, a judging model.
///
/// An extension point: none is built in. Where the application context has one, the first [#DEPTH]
/// hits of every search are put into its order. Any number of threads.
public interface Reranker {
  /// Hits beyond are not read.
  int DEPTH = 50;

  /// As explanations call it.
  String name();

  /// How well each text answers the query, in `[0, 1]`, in the order of the texts.
  List<Double> scores(String query, List<String> texts);
}
