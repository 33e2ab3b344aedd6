package engram.memory;

import engram.retrieval.Explanation;
import java.util.List;

/// Fetches what happened and bears on a question.
///
/// Candidates come from words, meaning (where there are vectors), the people and the times that the
/// query names; none of them is a gate for the others. A match lends part of its weight to what was
/// said right before and after it and to its session, because an answer often does not repeat the
/// question's words.
///
/// Follows the log with a short delay; see [MemoryIndexing]. Threads: any.
public interface Recall {
  /// @param score what the parts of the explanation add up to
  /// @param tokens what it costs of the budget
  record Recalled(Event event, double score, Explanation explanation, int tokens) {}

  /// Best first.
  ///
  /// @param isWhole false if the budget or the number of items left out what had a score
  record Result(List<Recalled> items, boolean isWhole, int tokens) {
    public Result {
      items = List.copyOf(items);
    }
  }

  Result recall(RecallRequest request);

  /// What showing an event costs: an estimate, for no tokenizer is asked. A quarter of its
  /// characters, and six tokens for who said it and when.
  static int tokens(Event event) {
    return (event.speaker().length() + event.text().length() + 24 + 3) / 4;
  }
}
