package engram.retrieval;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// How one collection's chunks are ranked best, as an evaluation with judged queries found it.
///
/// @param k1 of BM25: how much a word's repetition in a chunk counts
/// @param b of BM25: how much long chunks are held back
/// @param feedback see [RankingOptions]
/// @param textWeight of the lexical list in a fusion with vectors; 1 minus it is the vectors'
/// @param functionWords what a word of the query counts that only carries its grammar; 1 for as
///   much as any other. Null in what was stored before there was one: [#FUNCTION_WORDS]
/// @param titles what a word counts once more for standing in a title or heading. Null as above:
///   [#TITLES]
public record Calibration(
    double k1,
    double b,
    double feedback,
    double textWeight,
    @Nullable Double functionWords,
    @Nullable Double titles) {
  /// Of 0, 0.1, 0.3, 0.6 and 1 the best on one half of the queries of six English sets: mean
  /// nDCG@10 .5484, .5477, .5537, .5527, .5425. On XQuAD it costs no language more than one
  /// question in 400 and gains up to four.
  public static final double FUNCTION_WORDS = 0.3;

  /// On Cranfield and SciFact 0.2 was best of 0, 0.1, 0.2, 0.3 (nDCG@10 .3938 and .7058 against
  /// .3811 and .7029 with no such field).
  public static final double TITLES = 0.2;

  /// Lucene's constants, no feedback, both lists alike.
  public static final Calibration NONE = new Calibration(1.2, 0.75, 0, 0.5);

  public static final double K1_MAX = 3;

  /// A query of function words alone still finds something.
  public static final double FUNCTION_WORDS_MIN = 0.01;

  /// With the usual weights of function words and titles.
  public Calibration(double k1, double b, double feedback, double textWeight) {
    this(k1, b, feedback, textWeight, FUNCTION_WORDS, TITLES);
  }

  public Calibration {
    functionWords = functionWords == null ? (Double) FUNCTION_WORDS : functionWords;
    titles = titles == null ? (Double) TITLES : titles;
    if (!(functionWords >= FUNCTION_WORDS_MIN && functionWords <= 1)) {
      throw new IllegalArgumentException(
          "function_words " + functionWords + " is not in [" + FUNCTION_WORDS_MIN + ", 1]");
    }
    if (!(titles >= 0 && titles <= 1)) {
      throw new IllegalArgumentException("titles " + titles + " is not in [0, 1]");
    }
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

  public double functionWordWeight() {
    return Objects.requireNonNull(functionWords);
  }

  public double titleWeight() {
    return Objects.requireNonNull(titles);
  }
}
