package engram.retrieval.ask;

import engram.retrieval.AskRequest.Packing;
import engram.retrieval.AskRequest.UnsupportedSentences;
import engram.retrieval.AskRequest.Widen;
import java.time.Duration;

/// Limits of asking.
///
/// @param firstTokenTimeout how long the model may think before it says anything
/// @param answerTimeout how long an answer may take as a whole
/// @param answerCharsMax a model that goes on for longer is cut off
/// @param historyTurnsMax only the last turns of a conversation are shown to the model
/// @param historyCharsMax of all those turns together
/// @param confidenceMin an extractive answer less sure than this is `Unsupported`
/// @param packing where a request does not say
/// @param widen where a request does not say
/// @param unsupportedSentences where a request does not say
public record AskSettings(
    Duration firstTokenTimeout,
    Duration answerTimeout,
    int answerCharsMax,
    int historyTurnsMax,
    int historyCharsMax,
    double confidenceMin,
    Packing packing,
    Widen widen,
    UnsupportedSentences unsupportedSentences) {
  public static final AskSettings DEFAULT =
      new AskSettings(
          Duration.ofSeconds(60),
          Duration.ofMinutes(5),
          100_000,
          8,
          16_000,
          Weights.CONFIDENCE_MIN,
          Packing.EDGES,
          Widen.NONE,
          UnsupportedSentences.MARK);

  /// With the default packing, and marking what no passage carries.
  public AskSettings(
      Duration firstTokenTimeout,
      Duration answerTimeout,
      int answerCharsMax,
      int historyTurnsMax,
      int historyCharsMax,
      double confidenceMin) {
    this(
        firstTokenTimeout,
        answerTimeout,
        answerCharsMax,
        historyTurnsMax,
        historyCharsMax,
        confidenceMin,
        Packing.EDGES,
        Widen.NONE,
        UnsupportedSentences.MARK);
  }

  public AskSettings {
    positive("firstTokenTimeout", firstTokenTimeout);
    positive("answerTimeout", answerTimeout);
    if (answerCharsMax < 1 || historyTurnsMax < 0 || historyCharsMax < 0) {
      throw new IllegalArgumentException(
          "answerCharsMax "
              + answerCharsMax
              + " is at least 1; historyTurnsMax "
              + historyTurnsMax
              + " and historyCharsMax "
              + historyCharsMax
              + " at least 0");
    }
    if (!(confidenceMin >= 0 && confidenceMin <= 1)) {
      throw new IllegalArgumentException("confidenceMin " + confidenceMin + " is not in [0, 1]");
    }
  }

  private static void positive(String name, Duration value) {
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException(name + " " + value + " is not positive");
    }
  }
}
