package engram.memory.index;

import java.util.List;
import java.util.Map;

/// What the index has for a question.
///
/// @param sessions BM25 of each candidate's session as one text, over the sessions of the owner
/// @param speaker the one person that the query names and who speaks somewhere; empty for none or
///   several
public record Found(List<Candidate> candidates, Map<Long, Double> sessions, String speaker) {
  public Found {
    candidates = List.copyOf(candidates);
    sessions = Map.copyOf(sessions);
  }
}
