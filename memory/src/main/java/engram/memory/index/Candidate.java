package engram.memory.index;

/// An event that may bear on a question, as the index knows it.
///
/// @param session name of its session within the index
/// @param at seconds since 1970
/// @param words BM25 of its words; 0 if it has none of the query's
/// @param likeness cosine of meanings; 0 where it was not found by meaning
public record Candidate(
    long seq,
    long session,
    int position,
    long at,
    double importance,
    boolean isSpeaker,
    double words,
    double likeness) {}
