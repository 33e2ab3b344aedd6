package engram.retrieval.parse;

/// How parsing one file ended. A file never throws: whatever is wrong with it is an outcome.
public sealed interface ParseOutcome {
  /// Text was found; what is missing from it stands in its warnings.
  record Parsed(Extraction extraction) implements ParseOutcome {}

  /// No text.
  ///
  /// @param message what is wrong and what to do about it, for the person who uploaded the file
  record Failed(FailureCode code, String message) implements ParseOutcome {}
}
