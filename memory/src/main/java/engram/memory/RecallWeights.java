package engram.memory;

/// What the parts of a recall's score weigh. All parts are shares of the best match by words, so
/// the weights can be read against 1.
///
/// The defaults of the neighbours and the session are those of earlier measurements; those of the
/// speaker, the hop and the spread were tried on five conversations of LoCoMo, and figures on those
/// are therefore no prediction. `bench/memory` chooses them on other conversations than it reports.
///
/// @param near what an event gets of each direct neighbour's match, in its session
/// @param far of each neighbour's next but one
/// @param session of the session's match as a whole
/// @param speaker for being said by the one person that the query names
/// @param time for lying in a time that the query names
/// @param vector of the likeness of meaning, where there are vectors
/// @param hop of the match with what was found first
/// @param episode of the match of an event's episode as a whole
/// @param across what of a neighbour's match crosses the border of an episode: 1 for all of it
/// @param spread what an event loses for each better one of its session, in full where another
///   session matches as well as the best: evidence that lies in several sessions is not crowded out
///   by the neighbours of the first
/// @param recency halves every `recencyDays`
/// @param importance for an importance of 1; its negative for 0
public record RecallWeights(
    double near,
    double far,
    double session,
    double speaker,
    double time,
    double vector,
    double hop,
    double episode,
    double across,
    double spread,
    double recency,
    double recencyDays,
    double importance) {
  public static final RecallWeights DEFAULT =
      new RecallWeights(0.5, 0.25, 0.3, 0.45, 0.3, 0.5, 0.1, 0, 1, 0.1, 0.02, 30, 0.1);

  /// Matches of words alone.
  public static final RecallWeights WORDS =
      new RecallWeights(0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 30, 0);

  public RecallWeights {
    within("near", near, 1);
    within("far", far, 1);
    within("session", session, 10);
    within("speaker", speaker, 10);
    within("time", time, 10);
    within("vector", vector, 10);
    within("hop", hop, 10);
    within("episode", episode, 10);
    within("across", across, 1);
    within("spread", spread, 1);
    within("recency", recency, 10);
    within("importance", importance, 10);
    if (!(recencyDays > 0 && recencyDays <= 36_500)) {
      throw new IllegalArgumentException("recencyDays " + recencyDays + " is not in (0, 36500]");
    }
  }

  private static void within(String name, double value, double max) {
    if (!(value >= 0 && value <= max)) {
      throw new IllegalArgumentException("%s %s is not in [0, %s]".formatted(name, value, max));
    }
  }
}
