package engram.retrieval;

/// Answers questions from documents, with citations that hold. Any number of threads.
public interface Answerer {
  /// Searches, packs the best passages, answers, and cites.
  ///
  /// @param listener gets the answer's text as it comes; what it got is the answer's text in the
  ///   end
  /// @throws NotFoundException if a collection does not exist for this caller
  Answer ask(Access access, AskRequest request, AnswerListener listener);

  /// Whether answers are written by a model. Without one they are extractive.
  boolean generative();

  /// Hears an answer while it is made. Called by one thread at a time.
  interface AnswerListener {
    /// The passages were found; nothing of the answer is written yet.
    default void onPassages(SearchPage passages) {}

    /// More text of the answer.
    default void onText(String delta) {}

    /// Whether the caller has gone and the rest may be left undone.
    default boolean cancelled() {
      return false;
    }
  }
}
