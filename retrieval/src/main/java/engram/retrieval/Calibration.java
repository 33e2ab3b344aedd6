package engram.retrieval;

/// How one collection's chunks are ranked best, as an evaluation with judged queries found it.
///
/// @param k1 of BM25: how much a word's repetition in a chunk counts
/// @param b of BM25: how much long chunks are held back
/// @param feedback see [RankingOptions]
/// @param textWeight of the lexical list in a fusion with vectors; 1 minus it is the vectors'
public record Calibration(double k1, double b, double feedback, double textWeight) {
  /// Lucene's constants, no feedback, both lists alike.
  public static final Calibration NONE = new Calibration(1.2, 0.75, 0, 0.5);

  public static final double K1_MAX = 3;

  public Calibration {
    if (!(k1 >= 0 && k1 <= K1_MAX)) {
      throw new IllegalArgumentException("k1 " + k1 + " is not in [0, " + K1_MAX + "]");
    }
    if (!(b >= 0 && b <= 1)) {
      throw new IllegalArgumentException("b " + b + " is not in [0, 1]");
    }
    RankingOptions.checkFeedback(feedback);
    if (!(textWeight >= 0 && textWeight <= 1)) {
      throw new IllegalArgumentException("text_weight " + textWeight + " is not in [0, 1]");
    }
  }
}
