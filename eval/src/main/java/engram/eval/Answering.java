package engram.eval;

import engram.retrieval.Access;
import engram.retrieval.Answer;
import engram.retrieval.AskRequest;

/// Answers a question at the cost of who asked.
@FunctionalInterface
public interface Answering {
  /// @throws engram.retrieval.RefusedException if their budget is spent
  Answer ask(Access access, AskRequest request);
}
