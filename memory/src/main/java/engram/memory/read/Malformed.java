package engram.memory.read;

import engram.retrieval.RefusedException;

/// Refusals of what cannot be read, with the place where that shows.
final class Malformed {
  private Malformed() {}

  static RefusedException at(String where, String problem) {
    return new RefusedException(
        RefusedException.Reason.INVALID, "conversation_invalid", where + ": " + problem);
  }
}
