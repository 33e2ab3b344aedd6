package engram.retrieval;

import java.util.List;

/// A chunk and what stands around it in its document.
///
/// @param before its neighbours, in text order; fewer at the beginning of the document
/// @param after its neighbours, in text order; fewer at the end
/// @param parent the section that it is from, or a part of a long section; itself where it stands
///   alone
public record Surroundings(Hit chunk, List<Hit> before, List<Hit> after, Parent parent) {
  public static final int NEIGHBOURS_MAX = 20;

  /// A stretch of the document that is made of whole chunks.
  ///
  /// @param source its span covers exactly `text`
  /// @param chunkIds what it is made of, in text order
  public record Parent(Source source, String text, List<Long> chunkIds) {}
}
