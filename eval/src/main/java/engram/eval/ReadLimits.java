package engram.eval;

import engram.retrieval.SearchRequest;

/// How much a judged set may hold. What is over a limit is refused with its line.
///
/// @param bytesMax of all that is read, unpacked
/// @param queriesMax queries with judgements or answers
/// @param judgementsMax of all queries together
public record ReadLimits(long bytesMax, int queriesMax, int judgementsMax) {
  public static final ReadLimits DEFAULT = new ReadLimits(256L << 20, 50_000, 2_000_000);

  /// Characters of a query: what a search takes.
  public static final int QUERY_CHARS_MAX = SearchRequest.QUERY_CHARS_MAX;

  /// Characters of a name of a query or a document.
  public static final int NAME_CHARS_MAX = 512;

  public static final int ANSWER_CHARS_MAX = 4_096;
  public static final int ANSWERS_MAX = 100;
  public static final int GRADE_MAX = 1_000;

  public ReadLimits {
    if (bytesMax < 1 || queriesMax < 1 || judgementsMax < 1) {
      throw new IllegalArgumentException(
          "bytesMax %d, queriesMax %d or judgementsMax %d < 1"
              .formatted(bytesMax, queriesMax, judgementsMax));
    }
  }
}
