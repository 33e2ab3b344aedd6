package engram.retrieval.pack;

import org.jspecify.annotations.Nullable;

/// What of the hits is worth showing.
///
/// @param passagesMax passages at most, however much budget is left: what is retrieved far down is
///   rarely evidence and often a hard negative, and a model that is shown more of it answers worse
///   from some number on (Jin, Yoon, Han, Arik, "Long-Context LLMs Meet RAG", ICLR 2025, section 3)
/// @param scoreFloor hits below this share of the best hit's score are left, `[0, 1]`; 0 for none
/// @param perSourceMax passages of one source at most; 0 for any number
/// @param sourceAttribute documents with the same value of this attribute are one source; null, or
///   a document without it: each document is its own
/// @param duplicateMin hits of other places at least this alike (see [Shingles]) are shown once;
///   above 1 for never
/// @param echoWeight what the score of a hit that repeats the question is multiplied by, `[0, 1]`;
///   see [QuestionEcho]
public record PackSettings(
    int passagesMax,
    double scoreFloor,
    int perSourceMax,
    @Nullable String sourceAttribute,
    double duplicateMin,
    double echoWeight) {
  public static final PackSettings DEFAULT = new PackSettings(20, 0, 0, null, 0.9, 1);

  public PackSettings {
    if (passagesMax < 1 || perSourceMax < 0) {
      throw new IllegalArgumentException(
          "passagesMax " + passagesMax + " is at least 1, perSourceMax " + perSourceMax + " 0");
    }
    if (!(scoreFloor >= 0 && scoreFloor <= 1 && echoWeight >= 0 && echoWeight <= 1)) {
      throw new IllegalArgumentException(
          "scoreFloor " + scoreFloor + " and echoWeight " + echoWeight + " are in [0, 1]");
    }
    if (!(duplicateMin > 0)) {
      throw new IllegalArgumentException("duplicateMin " + duplicateMin + " is not above 0");
    }
  }
}
