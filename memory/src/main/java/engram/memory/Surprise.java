package engram.memory;

import java.util.List;

/// How little a language model expected what was said. A model stands behind it, so there may be
/// none.
public interface Surprise {
  /// Of the model and of how it is read: under another name the logs are cut anew.
  String name();

  /// For each event `−log p(text | what was said before it)` per token, in nats.
  ///
  /// @param events of one session, in order
  List<Double> of(List<Event> events);
}
