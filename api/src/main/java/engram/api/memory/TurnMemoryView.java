package engram.api.memory;

import engram.api.memory.MemoryFactsController.FactView;
import engram.memory.EventLog.Appended;
import engram.memory.Recall;
import engram.retrieval.Explanation;
import java.time.Instant;
import java.util.List;

/// What was remembered for an answer, and what was kept of it.
///
/// @param scopeId names the user's memories in what is kept of this reply, so that an erasure finds
///   it
/// @param recalled what the model was shown, best first
/// @param facts what holds now of all that was recalled; the model was shown these too
/// @param tokens of what was recalled, by estimate
/// @param kept the events of this turn
/// @param notes what did not go as asked
public record TurnMemoryView(
    String scopeId,
    String user,
    String agent,
    String run,
    String session,
    List<RecalledView> recalled,
    List<FactView> facts,
    int tokens,
    List<Appended> kept,
    List<String> notes) {
  public TurnMemoryView {
    recalled = List.copyOf(recalled);
    facts = List.copyOf(facts);
    kept = List.copyOf(kept);
    notes = List.copyOf(notes);
  }

  /// @param explanation what the score is the sum of
  public record RecalledView(
      long event,
      String session,
      String role,
      String speaker,
      Instant at,
      String text,
      double score,
      Explanation explanation) {
    static RecalledView of(Recall.Recalled item) {
      return new RecalledView(
          item.event().seq(),
          item.event().session(),
          item.event().role().text(),
          item.event().speaker(),
          item.event().at(),
          item.event().text(),
          item.score(),
          item.explanation());
    }
  }
}
