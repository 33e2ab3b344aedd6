package engram.eval;

/// A document of a data set's own corpus.
///
/// @param title empty where it has none
public record CorpusDocument(String id, String title, String text) {
  public CorpusDocument {
    JudgedQuery.checkName("document", id);
  }
}
