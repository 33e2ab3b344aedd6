package engram.retrieval;

/// Finds chunks. Any number of threads.
public interface Retriever {
  /// The best chunks among those that the caller may read; permissions and filters apply before
  /// ranking, so a page is full whenever enough readable chunks match.
  ///
  /// @throws NotFoundException if a collection does not exist for this caller
  SearchPage search(Access access, SearchRequest request);
}
